// The list of lines: only those in view are in the page, and only their windows were fetched.
import { clone } from "voicecms/dom";
import { ServerError, get } from "voicecms/server";

const ROW = 60;
const AHEAD = 6;
const WINDOW = 100;

export class LineList {
  constructor(board, element) {
    this.board = board;
    this.element = element;
    this.space = element.firstElementChild;
    this.filter = new URLSearchParams(location.search).get("filter") ?? "";
    this.words = new URLSearchParams(location.search).get("q") ?? "";
    this.reset(0);
    element.addEventListener("scroll", () => this.paint(), { passive: true });
    element.addEventListener("keydown", (event) => this.onKey(event));
    element.addEventListener("click", (event) => this.onClick(event));
    new ResizeObserver(() => this.paint()).observe(element);
    board.addEventListener("line", () => this.adopt(board.line));
    board.addEventListener("changed", ({ detail }) => detail.forEach((line) => this.adopt(line)));
  }

  reset(total) {
    this.total = total;
    this.windows = new Map();
    this.index = -1;
    this.space.replaceChildren();
    this.rows = new Map();
  }

  // --- Fetching ----------------------------------------------------------------------------

  // `place` is {around: line}, {resume: 1} or {}; answers the row to open, if there is one.
  async load(place = {}) {
    const answer = await this.ask(place);
    this.reset(answer.total);
    this.keep(answer);
    this.board.showBatch(answer.board);
    this.space.style.height = `${this.total * ROW}px`;
    const wanted = place.around ?? answer.resume ?? answer.lines[0]?.id;
    const row = answer.lines.find(({ id }) => id === wanted);
    this.paint();
    return row;
  }

  ask(place) {
    return get(this.board.at.lines, { limit: WINDOW, filter: this.filter, q: this.words, ...place });
  }

  keep({ offset, lines }) {
    this.windows.set(Math.floor(offset / WINDOW), lines);
  }

  async fetchWindow(number) {
    if (this.windows.has(number)) return;
    this.windows.set(number, []);
    try {
      this.keep(await this.ask({ offset: number * WINDOW }));
    } catch (refusal) {
      // It is asked for again when it is scrolled to again.
      this.windows.delete(number);
      if (!(refusal instanceof ServerError)) throw refusal;
    }
    this.paint();
  }

  async rowAt(index) {
    await this.fetchWindow(Math.floor(index / WINDOW));
    return this.known(index);
  }

  known(index) {
    return this.windows.get(Math.floor(index / WINDOW))?.[index % WINDOW];
  }

  find(pk) {
    for (const rows of this.windows.values()) {
      const found = rows.find(({ id }) => id === pk);
      if (found) return found;
    }
    return undefined;
  }

  // --- Showing -----------------------------------------------------------------------------

  paint() {
    const first = Math.max(0, Math.floor(this.element.scrollTop / ROW) - AHEAD);
    const last = Math.min(this.total, Math.ceil((this.element.scrollTop + this.element.clientHeight) / ROW) + AHEAD);
    for (const [index, row] of this.rows) if (index < first || index >= last) this.drop(index, row);
    for (let index = first; index < last; index += 1) this.paintRow(index);
    for (let number = Math.floor(first / WINDOW); number * WINDOW < last; number += 1) this.fetchWindow(number);
  }

  drop(index, row) {
    row.remove();
    this.rows.delete(index);
  }

  paintRow(index) {
    let row = this.rows.get(index);
    if (!row) {
      row = clone("board-line");
      row.style.transform = `translateY(${index * ROW}px)`;
      row.dataset.index = index;
      this.rows.set(index, row);
      this.space.append(row);
    }
    const line = this.known(index);
    const mark = line ? JSON.stringify(line) : "";
    if (row.dataset.mark !== mark) this.fill(row, line, index, mark);
    const isOpen = Boolean(line) && line.id === this.board.line?.id;
    row.setAttribute("aria-selected", String(isOpen));
    if (isOpen) this.element.setAttribute("aria-activedescendant", row.id);
  }

  fill(row, line, index, mark) {
    row.dataset.mark = mark;
    row.id = line ? `line-option-${line.id}` : "";
    row.setAttribute("aria-posinset", index + 1);
    row.setAttribute("aria-setsize", this.total);
    const part = (name) => row.querySelector(`.line__${name}`);
    part("key").textContent = line?.key ?? "…";
    Object.assign(part("text"), { textContent: line?.text ?? "", lang: line?.lang ?? "", dir: line?.dir ?? "" });
    part("chips").replaceChildren(...(line ? chipsOf(line) : []));
  }

  // The row of a line says what its document says.
  adopt(line) {
    if (!line) return;
    const row = this.note(line.id, summary(line));
    if (line === this.board.line && row) this.index = row.index;
    this.paint();
  }

  // What has changed of a line that may be in the list. Rows that no longer fit the filter stay
  // until it is chosen again: nothing moves under the pointer.
  note(pk, facts) {
    const row = this.find(pk);
    if (row) Object.assign(row, facts);
    this.board.states.set(pk, facts.state);
    return row;
  }

  // --- Moving ------------------------------------------------------------------------------

  async step(offset) {
    return this.goTo(Math.max(0, Math.min(this.total - 1, this.index + offset)));
  }

  async goTo(index) {
    if (index < 0 || index === this.index) return;
    this.index = index;
    this.reveal(index);
    const row = await this.rowAt(index);
    if (row && this.index === index) await this.board.open(row.id);
  }

  reveal(index) {
    const top = index * ROW;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + ROW > scrollTop + clientHeight) this.element.scrollTop = top + ROW - clientHeight;
  }

  onKey(event) {
    const page = Math.max(1, Math.floor(this.element.clientHeight / ROW) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.total, End: this.total };
    if (event.key in steps) this.step(steps[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  onClick(event) {
    const row = event.target.closest("[data-index]");
    if (row) this.goTo(Number(row.dataset.index));
  }
}

export function summary(line) {
  const complete = line.takes.filter(({ status }) => status === "complete");
  return {
    state: line.state,
    takes: line.takes.length,
    failed: line.takes.filter(({ status }) => status === "failed").length,
    ...(line.blind ? {} : { ranked: complete.filter(({ rank }) => rank).length }),
  };
}

// Clones of the chips that the page holds for its lines.
function chipsOf({ state, failed }) {
  const { content } = document.getElementById("board-line-chips");
  const chip = (name) => content.querySelector(`[data-line-state=${name}]`).cloneNode(true);
  if (!failed) return [chip(state)];
  const failures = chip("failed");
  failures.querySelector(".chip__word").prepend(`${failed} `);
  return [failures, chip(state)];
}
