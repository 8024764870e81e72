// Polls for the acts of other people on the same board.
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
    // The answer of a running act brings the state after it.
    await board.acts.running;
    const { attempts } = board.acts;
    const open = board.line?.id;
    const news = await get(board.at.changes, { since: board.seen, line: open, ...board.options });
    // An own act was sent meanwhile, so these counts may be from before or after it. The next poll
    // brings certain counts.
    if (attempts !== board.acts.attempts) return;
    const isFirst = board.seen === null;
    board.seen = news.board.version;
    board.showBatch(news.board);
    // Acts from before the page was loaded are not announced.
    if (isFirst) return;
    if (news.acts.length) board.say(news.acts.map(({ by, said }) => `${by}: ${said}`).join(" "));
    if (open === board.line?.id && news.line && news.line !== board.line.stamp) await board.reopen();
    for (const { id, ...facts } of news.changed) if (id !== board.line?.id) this.lines.note(id, facts);
    if (news.changed.length) this.lines.paint();
  }
}
