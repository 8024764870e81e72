// Keys and buttons of the ranking board.
import { byPart } from "voicecms/board/status";
import { register } from "voicecms/keys";
import { listening, setMatched, useOwnKeys } from "voicecms/listening";
import { matchButton, speedField } from "voicecms/listening-tools";

const RANKS = [1, 2, 3, 4, 5];

export class Controls {
  constructor({ board, lines, takes, turns }) {
    Object.assign(this, { board, lines, takes, turns });
  }

  start() {
    this.registerKeys();
    this.wireButtons();
    this.wireLineList();
  }

  registerKeys() {
    const { board, takes, turns } = this;
    const key = (name, label, act) => register(name, label, turns.queue(act));
    useOwnKeys();
    key(" ", "Play or pause", () => void takes.player()?.toggle());
    key("ArrowUp", "Take before", () => takes.move(-1));
    key("ArrowDown", "Next take", () => takes.move(1));
    key("ArrowLeft", "Line before", () => this.step(-1));
    key("ArrowRight", "Next line", () => this.step(1));
    for (const rank of RANKS) key(String(rank), `Give rank ${rank}`, () => this.rank(rank));
    key("0", "No rank", () => this.rank(null));
    key("Backspace", "No rank", () => this.rank(null));
    key("Enter", "Next line", () => this.step(1));
    key("u", "Undo", () => void board.undo());
    key("l", "Loop", () => this.loop());
    key("b", "Blind mode on or off", () => this.switchBlind());
    register("m", "Same loudness for all", () => setMatched(!listening.matched));
    register("/", "Search lines", () => byPart("search").focus());
  }

  wireButtons() {
    const { board, takes, turns } = this;
    // After the mouse, Space and Enter mean the take again, not the button that was clicked.
    const andBack = (act) => (event) => {
      act();
      if (event.detail) takes.settle();
    };
    byPart("undo").addEventListener("click", andBack(() => board.undo()));
    byPart("loop").addEventListener("click", andBack(() => this.loop()));
    byPart("again").addEventListener("click", async () => {
      await board.acts.send();
      takes.settle();
    });
    byPart("blind").addEventListener("click", turns.queue(() => this.switchBlind()));
    byPart("blind").after(speedField(), matchButton());
    byPart("previous").addEventListener("click", turns.queue(() => this.step(-1)));
    byPart("next").addEventListener("click", turns.queue(() => this.step(1)));
  }

  // On a narrow screen the list of lines is shown when it is asked for.
  wireLineList() {
    const page = document.getElementById("board");
    byPart("show-lines").addEventListener("click", ({ currentTarget }) => {
      currentTarget.setAttribute("aria-expanded", String(page.toggleAttribute("data-lines")));
    });
    byPart("lines").addEventListener("click", () => page.removeAttribute("data-lines"));
  }

  // --- What they do --------------------------------------------------------------------------

  async step(offset) {
    await this.lines.step(offset);
    this.takes.focus(0);
  }

  rank(rank) {
    const { row } = this.takes;
    if (row && row.dataset.state !== "complete") this.board.inform("This take has no audio to rank.");
    else this.board.rank(row?.dataset.handle, rank);
  }

  async switchBlind() {
    await this.board.setBlind(!this.board.blind);
    this.takes.focus(0);
  }

  loop() {
    const { takes } = this;
    takes.loop(!takes.looping);
    byPart("loop").setAttribute("aria-pressed", String(takes.looping));
    this.board.say(takes.looping ? "Takes are looped." : "Takes are not looped.");
  }
}
