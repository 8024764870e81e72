// The takes of the open line, one row each: listen, rank, look at what was measured.
import { button, icon } from "voicecms/icon";
import { listening } from "voicecms/listening";
import { draw } from "voicecms/board/wave";

const ORDINALS = ["", "1st", "2nd", "3rd", "4th", "5th"];

export class TakeList {
  constructor(board, element, acts) {
    this.board = board;
    this.element = element;
    this.acts = acts;
    this.current = null;
    this.looping = false;
    this.person = element.dataset.person;
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

  // --- Showing -----------------------------------------------------------------------------

  // Rows of takes that stay are kept: a playing player, the focus and the pointer are not disturbed.
  show(isOther) {
    const { line } = this.board;
    if (!line) return;
    if (isOther || (line.blind && !this.isBlind)) this.forget();
    this.isBlind = line.blind;
    const kept = new Map(this.rows.map((row) => [row.dataset.handle, row]));
    const rows = line.takes.map((take) => this.fill(kept.get(take.handle) ?? this.make(take), take));
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

  make(take) {
    const row = document.createElement("li");
    row.className = "take";
    row.dataset.handle = take.handle;
    row.tabIndex = -1;
    const head = part("div", "take__head");
    const grip = part("span", "take__grips");
    head.append(grip, part("span", "take__rank"));
    row.append(
      head, part("div", "take__listen"), part("div", "take__said"), this.rankButtons(), part("div", "take__more"),
    );
    return row;
  }

  fill(row, take) {
    const mark = JSON.stringify([take, this.board.line.blind]);
    if (row.dataset.mark === mark) return row;
    row.dataset.mark = mark;
    row.dataset.state = take.status;
    row.setAttribute("aria-label", nameOf(take));
    row.querySelector(".take__grips").replaceChildren(gripOf(take));
    row.querySelector(".take__said").replaceChildren(...this.facts(take));
    this.showRank(row, take);
    this.showPlayer(row, take);
    row.querySelector(".take__more").replaceChildren(...this.more(row, take));
    return row;
  }

  showRank(row, take) {
    row.querySelector(".take__rank").textContent = take.rank ? ORDINALS[take.rank] : "";
    row.querySelector(".take__buttons").hidden = take.status !== "complete";
    for (const rank of row.querySelectorAll("[data-rank]")) {
      const own = Number(rank.dataset.rank) === (take.rank ?? 0);
      rank.setAttribute("aria-pressed", String(own));
    }
  }

  showPlayer(row, take) {
    const place = row.querySelector(".take__listen");
    const player = place.querySelector("voice-player");
    if (take.status !== "complete") {
      place.replaceChildren();
      return;
    }
    if (player) {
      player.dataset.label = nameOf(take);
      return;
    }
    place.append(this.makePlayer(take));
  }

  makePlayer(take) {
    const player = document.createElement("voice-player");
    player.className = "player player--compact";
    Object.assign(player.dataset, {
      label: nameOf(take), duration: take.duration, line: this.board.line.id,
    });
    if (take.loudness != null) player.dataset.loudness = take.loudness;
    const audio = Object.assign(document.createElement("audio"), { controls: true, preload: "none", src: take.audio });
    audio.setAttribute("aria-label", nameOf(take));
    player.append(audio);
    queueMicrotask(() => {
      this.drawWave(player, take);
      player.setLoop?.(this.looping ? [0, take.duration] : null);
    });
    return player;
  }

  async drawWave(player, take) {
    const { track, canvas } = player;
    if (!track) return;
    const place = part("span", "player__wave");
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

  facts(take) {
    const parts = [];
    if (take.status !== "complete") parts.push(chip(take.status === "failed" ? "fail" : "info", take.status));
    if (take.error) parts.push(part("q", "take__error", take.error));
    for (const { severity, text } of take.findings ?? []) parts.push(chip(severity, text));
    if (take.derived_from) parts.push(part("span", "quiet", `cut from take ${take.derived_from}`));
    if (take.ranked_by && take.ranked_by !== this.person) parts.push(part("span", "quiet", `ranked by ${take.ranked_by}`));
    return parts;
  }

  rankButtons() {
    const group = part("div", "take__buttons");
    group.setAttribute("role", "group");
    for (const rank of [1, 2, 3, 4, 5, 0]) {
      const give = part("button", "button small", rank || "none");
      give.type = "button";
      give.dataset.rank = rank;
      give.setAttribute("aria-label", rank ? `Give rank ${rank}` : "No rank");
      group.append(give);
    }
    return group;
  }

  more(row, take) {
    if (this.board.line.blind || take.status !== "complete" || !take.settings) return [];
    const details = part("details", "take__details");
    details.open = row.querySelector("details")?.open ?? false;
    details.append(part("summary", "", "Settings"), facts(take));
    const trim = button("cut", `Trim ${nameOf(take)}`);
    trim.dataset.act = "trim";
    return [details, trim];
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

export function gripOf(take) {
  const grip = part("span", "grip", take.label);
  grip.dataset.handle = take.handle;
  grip.title = "Drag to a rank";
  return grip;
}

function facts(take) {
  const list = part("dl", "facts");
  const settings = Object.entries(take.settings).filter(([, value]) => value != null && value !== "");
  const measured = { loudness: unit(take.loudness, "LUFS"), "true peak": unit(take.true_peak, "dBTP"), file: take.file };
  for (const [name, value] of [...settings, ...Object.entries(measured)]) {
    const pair = part("div", "");
    pair.append(part("dt", "", name), part("dd", "", Array.isArray(value) ? value.join(" – ") : String(value)));
    list.append(pair);
  }
  return list;
}

const unit = (value, name) => (value == null ? "too short to tell" : `${value.toFixed(1)} ${name}`);

function chip(meaning, text) {
  const element = part("span", "chip");
  element.dataset.meaning = meaning;
  element.append(icon(meaning), part("span", "chip__word", text));
  return element;
}

export function part(tag, className, text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== "") element.textContent = text;
  return element;
}
