// What the ranking board says around its lines and takes: how far it is, its lock, the open line.
import { fragmentOf } from "voicecms/dom";

export const byPart = (name) => document.querySelector(`[data-board="${name}"]`);

export class Status {
  constructor(board, lines) {
    this.board = board;
    this.lines = lines;
    board.addEventListener("batch", () => this.showBatch());
    board.addEventListener("line", ({ detail }) => this.showLine(detail));
    board.acts.addEventListener("away", () => this.showWaiting());
    board.acts.addEventListener("sent", () => this.showWaiting());
    // What waits is nowhere but in this page.
    window.addEventListener("beforeunload", (event) => board.acts.waiting.length && event.preventDefault());
  }

  showBatch() {
    const { batch } = this.board;
    if (!batch) return;
    byPart("won").textContent = `${batch.won} of ${batch.lines} lines have a winner`;
    byPart("bar").max = Math.max(1, batch.lines);
    byPart("bar").value = batch.won;
    for (const filter of document.querySelectorAll("[data-filter]")) this.showFilter(filter, batch);
    byPart("blind").setAttribute("aria-pressed", String(this.board.blind));
    byPart("undo").disabled = !batch.undo || !this.board.canRank;
    byPart("undo").title = batch.undo?.said ?? "Nothing to undo";
    byPart("making").textContent = making(batch.unfinished);
    this.showLock(batch);
  }

  showFilter(filter, batch) {
    const { filter: name } = filter.dataset;
    filter.querySelector(".number").textContent = batch[name] ?? batch.lines;
    filter.setAttribute("aria-pressed", String(name === this.lines.filter));
  }

  showLock({ locked, locked_html: html, may }) {
    document.getElementById("board").toggleAttribute("data-locked", Boolean(locked));
    byPart("lock").hidden = Boolean(locked) || !may.rank;
    byPart("more").hidden = Boolean(locked) || !may.generate;
    byPart("banner").hidden = !locked;
    byPart("unlock").hidden = !may.unlock;
    if (!locked || this.locked === html) return;
    this.locked = html;
    byPart("banner-text").replaceChildren(fragmentOf(html));
  }

  showLine({ isOther }) {
    const { line } = this.board;
    if (!line) return;
    byPart("key").textContent = line.key;
    byPart("character").textContent = line.character;
    const text = byPart("text");
    Object.assign(text, { textContent: line.text, lang: line.lang, dir: line.dir });
    byPart("blind-note").hidden = !line.blind;
    byPart("empty").hidden = line.takes.length > 0;
    byPart("more").disabled = false;
    if (isOther) history.replaceState(null, "", `${location.pathname}${location.search}#line-${line.id}`);
  }

  showList() {
    const { total, filter, words } = this.lines;
    byPart("none").hidden = total > 0;
    byPart("none").textContent = nothing(filter, words);
    for (const name of ["previous", "next"]) byPart(name).disabled = !total;
    byPart("more").disabled = !this.board.line;
  }

  showFailure(refusal) {
    byPart("unread").hidden = !refusal;
    byPart("unread-text").textContent = refusal ? `The lines could not be read. ${refusal.said}` : "";
  }

  showWaiting() {
    const { length } = this.board.acts.waiting;
    byPart("again").hidden = !length;
    byPart("again").textContent = `Try again (${length})`;
  }
}

function making(takes) {
  if (!takes) return "";
  return takes === 1 ? "1 take is being made" : `${takes} takes are being made`;
}

function nothing(filter, words) {
  if (words && filter) return `No line in this list holds “${words}”. Clear the search, or choose “All”.`;
  if (words) return `No line holds “${words}”. Clear the search to see all lines.`;
  return filter ? "No line is in this list. Choose “All”." : "This batch has no lines.";
}
