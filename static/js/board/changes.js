// What other people do on the same board.
import { Polling } from "voicecms/polling";
import { get } from "voicecms/server";

const EVERY = 2000;

export class Changes {
  constructor(board, lines) {
    this.board = board;
    this.lines = lines;
    this.polling = new Polling(() => this.look(), { every: EVERY });
  }

  start() {
    this.polling.start();
  }

  async look() {
    const { board } = this;
    if (board.held) return;
    // An act that is under way answers with what is true after it.
    await board.acts.running;
    const { attempts } = board.acts;
    const open = board.line?.id;
    const news = await get(board.at.changes, { since: board.seen, line: open, ...board.options });
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
