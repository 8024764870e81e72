// What the parts of the ranking board share: the batch, the line that is open, and all acts. What
// the server answers is what is shown.
import { Acts } from "voicecms/board/acts";
import { ServerError, get } from "voicecms/server";
import { toast } from "voicecms/toast";

const BLIND = "voicecms.blind";

export class Board extends EventTarget {
  constructor(at, said) {
    super();
    this.at = at;
    this.said = said;
    this.batch = null;
    this.line = null;
    this.seen = null;
    this.versions = new Map();
    this.states = new Map();
    this.blind = localStorage.getItem(BLIND) === "on";
    this.held = null;
    this.acts = new Acts();
    this.acts.addEventListener("done", ({ detail }) => this.done(detail));
    this.acts.addEventListener("refused", ({ detail }) => this.refused(detail));
    this.acts.addEventListener("away", ({ detail }) => this.wait(detail));
  }

  get locked() {
    return Boolean(this.batch?.locked);
  }

  get canRank() {
    return Boolean(this.batch?.may.rank) && !this.locked;
  }

  // Why the person cannot rank now.
  get whyNot() {
    if (!this.batch) return "The board could not be read yet.";
    if (this.locked) return "The batch is locked: its ranks are final.";
    return this.canRank ? "No line is open." : "You may listen here, but not rank.";
  }

  get options() {
    return this.blind ? { blind: 1 } : {};
  }

  // --- Looking -----------------------------------------------------------------------------

  async open(pk) {
    const wanted = (this.wanted = pk);
    const line = await get(this.at.line.replace(/0\/$/, `${pk}/`), this.options);
    // Somebody went on while this was under way.
    if (this.wanted === wanted) this.showLine(line);
  }

  async reopen() {
    if (!this.line) return;
    const line = await get(this.at.line.replace(/0\/$/, `${this.line.id}/`), this.options);
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
  tell(words, options) {
    this.told?.remove();
    this.told = toast(words, options);
  }

  // --- Doing -------------------------------------------------------------------------------

  rank(handle, rank) {
    if (!this.canRank || !this.line) return this.explain();
    const { id } = this.line;
    const act = { url: this.at.rank, line: id, version: this.versions.get(id) };
    act.body = () => ({ take: handle, rank, line: id, version: act.version, blind: this.blind });
    return this.acts.add(act);
  }

  // The act that is named, else what the button says. Pressed while an act is not answered yet, it
  // means that one: when it is refused, nothing is undone.
  undo(named = null) {
    if (!this.canRank) return this.explain();
    const before = named ? null : this.acts.waiting.at(-1);
    const promised = named ?? this.batch.undo?.act;
    if (!before && !promised) return this.inform("There is nothing of yours left to undo.");
    const act = { url: this.at.undo };
    act.body = () => {
      const meant = before ? before.isDone && this.batch.undo?.act : promised;
      return meant ? { act: meant, blind: this.blind } : null;
    };
    return this.acts.add(act);
  }

  explain() {
    this.inform(this.whyNot);
  }

  inform(words) {
    this.say(words);
    this.tell(words, { meaning: "info" });
  }

  // What dialogs ask for: it comes after all ranks that were given. Raises ServerError.
  async ask(url, body) {
    await this.acts.send();
    const { length } = this.acts.waiting;
    if (length) throw new ServerError(409, { error: `${changes(length)} for the server. Try that again first.` });
    const done = await this.acts.now(url, { ...body, blind: this.blind });
    this.take(done);
    this.say(done.said);
    this.tell(done.said);
  }

  done({ act, answer }) {
    if (answer.act) this.follow(answer.line.id, answer.act);
    this.take(answer);
    this.say(answer.said);
    const canUndo = act.url === this.at.rank && answer.act;
    this.tell(answer.said, canUndo ? { undo: () => this.undo(answer.act) } : {});
  }

  // The acts that wait were given in the knowledge of one's own, and of nobody else's.
  follow(line, version) {
    for (const act of this.acts.waiting) if (act.line === line) act.version = version;
  }

  refused({ answer: refusal }) {
    const { kept, line } = refusal.body;
    if (kept && line) this.follow(line.id, line.version);
    this.take(refusal.body);
    this.say(refusal.message);
    this.tell(refusal.message, { meaning: kept ? "warn" : "fail" });
    this.announce(new CustomEvent("line", { detail: { isOther: false } }));
  }

  wait(refusal) {
    const words = `${refusal.said} ${changes(this.acts.waiting.length)} here: try again.`;
    this.say(words);
    this.tell(words, { meaning: "warn" });
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
}

const changes = (number) => (number === 1 ? "1 change waits" : `${number} changes wait`);
