// The takes of the open line, one row each: player, ranks, measurements. The server renders the
// rows; this module replaces the shown rows.
import { draw } from "voicecms/board/wave";
import { copyAttributes, copyContent, fragmentOf } from "voicecms/dom";
import { listening } from "voicecms/listening";

export class TakeList {
  constructor(board, element, acts) {
    this.board = board;
    this.element = element;
    this.acts = acts;
    this.current = null;
    this.looping = false;
    // The server's HTML of each row.
    this.drawn = new WeakMap();
    board.addEventListener("line", ({ detail }) => this.show(detail.isOther));
    board.addEventListener("batch", () => this.permit());
    element.addEventListener("focusin", ({ target }) => this.point(target.closest("li[data-handle]")));
    element.addEventListener("click", (event) => this.onClick(event));
    // The event "play" does not bubble.
    element.addEventListener("play", ({ target }) => this.prepareAfter(target.closest("li[data-handle]")), true);
  }

  get rows() {
    return [...this.element.querySelectorAll("li[data-handle]")];
  }

  get row() {
    return this.rows.find((row) => row.dataset.handle === this.current) ?? this.rows[0];
  }

  player(row = this.row) {
    return row?.querySelector("voice-player");
  }

  take(handle) {
    return this.board.line?.takes.find((take) => take.handle === handle);
  }

  // Copies of a take's drag handle; none before its row is rendered.
  grips(take) {
    const row = take && this.rows.find((one) => one.dataset.handle === take.handle);
    return row ? [...row.querySelectorAll(".take__grips .grip")].map((grip) => grip.cloneNode(true)) : [];
  }

  // --- Showing -----------------------------------------------------------------------------

  // Keeps the elements of remaining takes, so that playback, focus and pointer are not disturbed.
  show(isOther) {
    const { line } = this.board;
    if (!line) return;
    if (isOther || (line.blind && !this.isBlind)) this.forget();
    this.isBlind = line.blind;
    const kept = new Map(this.rows.map((row) => [row.dataset.handle, row]));
    const rows = rowsOf(line).map((fresh) => this.fill(kept.get(fresh.dataset.handle), fresh));
    const held = document.activeElement;
    for (const row of kept.values()) if (!rows.includes(row)) row.remove();
    rows.forEach((row, index) => {
      if (this.element.children[index] !== row) this.element.insertBefore(row, this.element.children[index] ?? null);
    });
    if (held !== document.activeElement && held?.isConnected) held.focus();
    if (isOther) this.current = line.takes[0]?.handle ?? null;
    this.permit();
  }

  // Removes all rows when blind mode begins, so that no position or playback identifies a take.
  forget() {
    const isHeld = this.element.contains(document.activeElement);
    this.element.replaceChildren();
    this.current = null;
    if (isHeld) queueMicrotask(() => this.focus(0));
  }

  fill(row, fresh) {
    const drawn = fresh.outerHTML;
    const shown = row ?? fresh;
    if (this.drawn.get(shown) === drawn) return shown;
    const had = row && this.player(row);
    if (row) takeOver(row, fresh);
    this.drawn.set(shown, drawn);
    if (!had) this.begin(shown);
    return shown;
  }

  // Sets up the player of a row that was added to the page.
  begin(row) {
    const player = this.player(row);
    const take = this.take(row.dataset.handle);
    if (!player) return;
    queueMicrotask(() => {
      drawWave(player, take);
      player.setLoop?.(this.looping ? [0, take.duration] : null);
    });
  }

  permit() {
    for (const row of this.rows) {
      const isHeld = row.contains(document.activeElement) && !this.board.canRank;
      if (isHeld && document.activeElement.matches("[data-rank]")) row.focus({ preventScroll: true });
      for (const give of row.querySelectorAll("[data-rank]")) give.disabled = !this.board.canRank;
      const trim = row.querySelector("[data-act=trim]");
      if (trim) trim.hidden = this.board.locked || !this.board.batch?.may.generate;
    }
  }

  // --- Acting ------------------------------------------------------------------------------

  onClick(event) {
    const row = event.target.closest("li[data-handle]");
    const pressed = event.target.closest("button, [type=range]");
    if (!row || !pressed) return;
    // After a click, keys apply to the take again, not to the clicked button or waveform.
    if (event.detail && pressed.matches("[data-rank], .player__play, [type=range]")) row.focus({ preventScroll: true });
    if (pressed.dataset.rank) this.acts.rank(row.dataset.handle, Number(pressed.dataset.rank) || null);
    if (pressed.dataset.act === "trim") this.acts.trim(this.take(row.dataset.handle));
  }

  point(row) {
    if (!row) return;
    this.current = row.dataset.handle;
    for (const one of this.rows) one.toggleAttribute("data-current", one === row);
    if (listening.current) this.prepareAfter(row);
  }

  focus(index) {
    const { rows } = this;
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    row?.focus();
    row?.scrollIntoView({ block: "nearest" });
  }

  // Sets the focus when the focused element is gone.
  settle() {
    (this.row ?? document.getElementById("board-key")).focus({ preventScroll: true });
  }

  // During playback the next take continues at the same second.
  move(offset) {
    const was = listening.current?.playing;
    this.focus(this.rows.indexOf(this.row) + offset);
    if (was) this.player()?.play();
  }

  loop(looping) {
    this.looping = looping;
    for (const row of this.rows) {
      const player = this.player(row);
      player?.setLoop(looping ? [0, player.duration] : null);
    }
  }

  prepareAfter(row) {
    const { rows } = this;
    this.player(rows[rows.indexOf(row) + 1] ?? null)?.prepare();
  }
}

export function nameOf(take) {
  return `take ${take.label}`;
}

// The rows of the server's HTML, in the server's order.
const rowsOf = ({ html }) => [...fragmentOf(html).querySelectorAll("li[data-handle]")];

// Updates the changed parts of a row; its buttons and its player stay.
function takeOver(row, fresh) {
  copyAttributes(fresh, row);
  const both = (selector) => [fresh, row].map((one) => one.querySelector(selector));
  for (const part of [".take__grips", ".take__rank", ".take__said"]) copyContent(...both(part));
  const [freshButtons, buttons] = both(".take__buttons");
  buttons.hidden = freshButtons.hidden;
  freshButtons.querySelectorAll("button").forEach((button, index) => copyAttributes(button, buttons.children[index]));
  const [freshPlayer, player] = both("voice-player");
  if (player && freshPlayer) player.dataset.label = freshPlayer.dataset.label;
  else copyContent(...both(".take__listen"));
  const isOpen = row.querySelector("details")?.open ?? false;
  copyContent(...both(".take__more"));
  row.querySelector("details")?.toggleAttribute("open", isOpen);
}

async function drawWave(player, take) {
  const { track, canvas } = player;
  if (!track) return;
  const place = Object.assign(document.createElement("span"), { className: "player__wave" });
  place.setAttribute("aria-hidden", "true");
  track.prepend(place);
  try {
    await draw(place, { url: take.peaks, duration: take.duration, media: player.audio });
    canvas.hidden = true;
  } catch (failure) {
    // The waveform is decoration only: the slider works without it.
    place.remove();
    console.warn("waveform", failure);
  }
}
