// Changes of ranks, sent one after the other. While the server is away they wait in their order;
// the next one, or "Try again", sends them all. None overtakes another, and none is lost.
import { ServerError, post } from "voicecms/server";

const NOTHING = "Nothing was undone: what was done before it changed nothing.";

export class Acts extends EventTarget {
  // Those that the server has not answered yet, the oldest first.
  waiting = [];
  // How often somebody was asked to do something: what was read before that is old.
  attempts = 0;
  running = null;

  // `body()` is asked when the act is sent; without one there is nothing left to do.
  add(act) {
    this.waiting.push(act);
    return this.send();
  }

  // Comes back when all were answered, or when the server is away.
  async send() {
    if (this.waiting.length) this.running ??= this.drain();
    await this.running;
  }

  // An act that waits for no other; raises ServerError.
  now(url, body) {
    this.attempts += 1;
    return post(url, body);
  }

  async drain() {
    try {
      while (this.waiting.length) {
        const answer = await this.attempt(this.waiting[0]);
        if (!answer) return;
        this.finish(this.waiting.shift(), answer);
      }
      this.tell("sent");
    } finally {
      this.running = null;
    }
  }

  finish(act, answer) {
    const refused = answer instanceof ServerError;
    act.isDone = Boolean(refused ? answer.body.kept : answer.act);
    this.tell(refused ? "refused" : "done", { act, answer });
  }

  // The answer, or the refusal; null when the server is away.
  async attempt(act) {
    const body = act.body();
    if (!body) return new ServerError(409, { error: NOTHING });
    try {
      return await this.now(act.url, body);
    } catch (refusal) {
      if (!(refusal instanceof ServerError)) throw refusal;
      if (!refusal.mayAskAgain) return refusal;
      this.tell("away", refusal);
      return null;
    }
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
