// What other people do on the same board, every two seconds while somebody looks at the page.
import { Refusal, get } from "voicecms/board/server";

const EVERY = 2000;
const LONGEST = 30_000;

export class Polling {
  constructor(board, lines) {
    this.board = board;
    this.lines = lines;
    this.misses = 0;
    document.addEventListener("visibilitychange", () => this.wake());
    window.addEventListener("online", () => this.wake());
  }

  start() {
    this.timer = setTimeout(() => this.poll(), EVERY);
  }

  wake() {
    if (document.visibilityState !== "visible") return;
    clearTimeout(this.timer);
    this.poll();
  }

  async poll() {
    try {
      if (document.visibilityState === "visible" && !this.board.held) await this.look();
      this.misses = 0;
    } catch (failure) {
      if (!(failure instanceof Refusal)) throw failure;
      this.misses += 1;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.poll(), Math.min(EVERY * 2 ** this.misses, LONGEST));
  }

  async look() {
    const { board } = this;
    // An act that is under way answers with what is true after it.
    await board.acts.running;
    const { attempts } = board.acts;
    const open = board.line?.id;
    const news = await get(board.at.changes, { since: board.seen, line: open, ...board.manner });
    // Counted before or after an act of one's own, nobody knows; the act's answer counts from the
    // old numbers. The next look brings the news.
    if (attempts !== board.acts.attempts) return;
    const isFirst = board.seen === null;
    board.seen = news.board.version;
    board.showBatch(news.board);
    // What was done before one came is no news.
    if (isFirst) return;
    if (news.acts.length) board.say(news.acts.map(({ by, said }) => `${by}: ${said}`).join(" "));
    if (open === board.line?.id && news.line && news.line !== board.line.stamp) await board.reopen();
    for (const { id, ...facts } of news.changed) if (id !== board.line?.id) this.lines.note(id, facts);
    if (news.changed.length) this.lines.paint();
  }
}
