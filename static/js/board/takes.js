// The takes of the open line, one row each: listen, rank, look at what was measured. The server
// draws the rows; here they are put in the place of those that are shown.
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
    // As what each row was drawn by the server.
    this.drawn = new WeakMap();
    board.addEventListener("line", ({ detail }) => this.show(detail.isOther));
    board.addEventListener("batch", () => this.permit());
    element.addEventListener("focusin", ({ target }) => this.point(target.closest("li[data-handle]")));
    element.addEventListener("click", (event) => this.onClick(event));
    // It does not bubble.
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

  // Copies of what a take is dragged by; none while its row is not drawn yet.
  grips(take) {
    const row = take && this.rows.find((one) => one.dataset.handle === take.handle);
    return row ? [...row.querySelectorAll(".take__grips .grip")].map((grip) => grip.cloneNode(true)) : [];
  }

  // --- Showing -----------------------------------------------------------------------------

  // Rows of takes that stay are kept: a playing player, the focus and the pointer are not disturbed.
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

  // Whoever begins to listen blind is not to know a take again by where it stands and plays.
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

  // What a player gets once it is in the page.
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
    // After the mouse, keys mean the take again, not the button or the waveform that was clicked.
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

  // Where keys go on when what had the focus is gone.
  settle() {
    (this.row ?? document.getElementById("board-key")).focus({ preventScroll: true });
  }

  // While something plays, the take that is moved to goes on from the same second.
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

// The rows as the server drew them, in its order.
const rowsOf = ({ html }) => [...fragmentOf(html).querySelectorAll("li[data-handle]")];

// What is new in a row. Its buttons stay, and its player, whatever it plays.
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
    // Decoration only: the slider works without it.
    place.remove();
    console.warn("waveform", failure);
  }
}
