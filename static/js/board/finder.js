// Finds lines on the ranking board: by filter, by words, and by the address of the page.
import { byPart } from "voicecms/board/status";
import { get } from "voicecms/server";

const PAUSE = 250;

// The line that an address names, or 0.
export const lineIn = (hash) => Number(/^#line-(\d+)$/.exec(hash)?.[1] ?? 0);

export class Finder {
  constructor({ board, lines, status, takes, turns }) {
    Object.assign(this, { board, lines, status, takes, turns });
    this.search = byPart("search");
  }

  start() {
    this.search.value = this.lines.words;
    this.search.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(this.turns.queue(() => this.find()), PAUSE);
    });
    this.search.addEventListener("keydown", (event) => this.onKey(event));
    for (const button of document.querySelectorAll("[data-filter]")) {
      const { filter } = button.dataset;
      button.addEventListener("click", this.turns.queue(() => this.narrow(filter === this.lines.filter ? "" : filter, this.lines.words)));
    }
    window.addEventListener("hashchange", this.turns.queue(() => this.followAddress()));
  }

  onKey(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    clearTimeout(this.typing);
    this.turns.queue(async () => {
      await this.find();
      if (this.lines.total) this.takes.focus(0);
    })();
  }

  find() {
    return this.narrow(this.lines.filter, this.search.value.trim());
  }

  narrow(filter, words, place = {}) {
    Object.assign(this.lines, { filter, words });
    if (this.search.value.trim() !== words) this.search.value = words;
    const asked = new URLSearchParams(Object.entries({ filter, q: words }).filter(([, value]) => value));
    history.replaceState(null, "", `${location.pathname}${asked.size ? `?${asked}` : ""}${location.hash}`);
    return this.load(place);
  }

  async load(place) {
    const row = await this.lines.load(place);
    this.status.showList();
    if (!row) return;
    this.lines.index = row.index;
    this.lines.reveal(row.index);
    await this.board.open(row.id);
  }

  // --- By address ----------------------------------------------------------------------------

  async begin() {
    // The version comes first: what happens while the lines are read is then seen by the first poll.
    this.board.seen ??= (await get(this.board.at.changes)).board.version;
    if (lineIn(location.hash)) await this.openNamed(() => this.load({ resume: 1 }));
    else await this.load({ resume: 1 });
  }

  // The line that the address names; `otherwise` when it is not in this list.
  async openNamed(otherwise) {
    try {
      await this.load({ around: lineIn(location.hash) });
    } catch (refusal) {
      if (refusal.status !== 404) throw refusal;
      await otherwise();
    }
  }

  async followAddress() {
    const named = lineIn(location.hash);
    if (!named || named === this.board.line?.id) return;
    await this.openNamed(() => this.narrow("", "", { around: named }));
    this.takes.focus(0);
  }
}
