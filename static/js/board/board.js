// What the parts of the ranking board share: the batch, the line that is open, and all acts.
// Acts are sent one after the other; what the server answers is what is shown.
import { Refusal, get, post } from "voicecms/board/server";
import { toast } from "voicecms/toast";

const BLIND = "voicecms.blind";

export class Board extends EventTarget {
  constructor(at, said) {
    super();
    this.at = at;
    this.said = said;
    this.batch = null;
    this.line = null;
    this.seen = 0;
    this.versions = new Map();
    this.states = new Map();
    this.blind = localStorage.getItem(BLIND) === "on";
    this.last = Promise.resolve();
    this.held = null;
  }

  get locked() {
    return Boolean(this.batch?.locked);
  }

  get canRank() {
    return Boolean(this.batch?.may.rank) && !this.locked;
  }

  get manner() {
    return this.blind ? { blind: 1 } : {};
  }

  // --- Looking -----------------------------------------------------------------------------

  async open(pk) {
    const wanted = (this.wanted = pk);
    const line = await get(this.at.line.replace(/0\/$/, `${pk}/`), this.manner);
    // Somebody went on while this was under way.
    if (this.wanted === wanted) this.showLine(line);
  }

  async reopen() {
    if (!this.line) return;
    const line = await get(this.at.line.replace(/0\/$/, `${this.line.id}/`), this.manner);
    if (this.line?.id === line.id) this.showLine(line);
  }

  showLine(line) {
    const isOther = this.line?.id !== line.id;
    this.line = line;
    this.versions.set(line.id, line.version);
    this.states.set(line.id, line.state);
    this.announce(new CustomEvent("line", { detail: { isOther } }));
  }

  showBatch(batch) {
    this.batch = batch;
    this.announce(new Event("batch"));
  }

  // While somebody drags, nothing is drawn anew under their pointer.
  hold() {
    this.held ??= [];
  }

  release() {
    const held = this.held ?? [];
    this.held = null;
    for (const event of held) this.dispatchEvent(event);
  }

  announce(event) {
    if (this.held) this.held.push(event);
    else this.dispatchEvent(event);
  }

  setBlind(blind) {
    this.blind = blind;
    localStorage.setItem(BLIND, blind ? "on" : "off");
    this.say(blind ? "Blind mode is on." : "Blind mode is off.");
    this.dispatchEvent(new Event("batch"));
    return this.reopen();
  }

  say(words) {
    this.said.textContent = words;
  }

  // One at a time: what was said before is history.
  tell(words, manner) {
    this.told?.remove();
    this.told = toast(words, manner);
  }

  // --- Doing -------------------------------------------------------------------------------

  rank(handle, rank) {
    const { line } = this;
    if (!line) return this.last;
    return this.act(this.at.rank, () => ({
      // Acts of one's own may have made it newer since the key was pressed.
      take: handle, rank, line: line.id, version: this.versions.get(line.id) ?? line.version,
    }), { undo: true });
  }

  undo() {
    return this.act(this.at.undo, () => ({ act: this.batch?.undo?.act ?? null }));
  }

  act(url, body, { undo = false } = {}) {
    this.last = this.last.then(() => this.send(url, body, undo));
    return this.last;
  }

  async send(url, body, undo) {
    this.dispatchEvent(new CustomEvent("pending", { detail: true }));
    try {
      const done = await post(url, { ...body(), blind: this.blind });
      this.take(done);
      this.say(done.said);
      this.tell(done.said, undo ? { undo: () => this.undo() } : {});
      return done;
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      this.refused(refusal, () => this.act(url, body, { undo }));
      return null;
    } finally {
      this.dispatchEvent(new CustomEvent("pending", { detail: false }));
    }
  }

  // What is true now comes with the answer, also with one that refuses.
  take({ line, board }) {
    if (board) this.showBatch({ ...this.batch, ...this.counted(board, line), ...board });
    if (!line) return;
    if (!this.line || this.line.id === line.id) this.showLine(line);
    else {
      this.versions.set(line.id, line.version);
      this.dispatchEvent(new CustomEvent("changed", { detail: [line] }));
    }
  }

  // A rank changes the counts by the state of its line; the next poll brings what others did.
  counted(board, line) {
    const before = this.states.get(line?.id);
    if (board.lines !== undefined || !before || before === line.state) return {};
    const counts = { [before]: this.batch[before] - 1, [line.state]: this.batch[line.state] + 1 };
    this.states.set(line.id, line.state);
    return counts;
  }

  refused(refusal, again) {
    this.take(refusal.body);
    this.say(refusal.message);
    const canTryAgain = [0, 401, 503].includes(refusal.status);
    this.tell(refusal.message, { meaning: canTryAgain ? "warn" : "fail" });
    if (canTryAgain) this.dispatchEvent(new CustomEvent("failed", { detail: again }));
    this.announce(new CustomEvent("line", { detail: { isOther: false } }));
  }
}
