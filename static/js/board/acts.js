// Sends changes of ranks one after the other. While the server is away the acts wait in order; the
// next act, or "Try again", sends all of them. No act overtakes another, and no act is lost.
import { ServerError, post } from "voicecms/server";

const NOTHING = "Nothing was undone: what was done before it changed nothing.";

export class Acts extends EventTarget {
  // The acts that the server has not answered yet, the oldest first.
  waiting = [];
  // The number of acts sent so far: data read before the newest act is outdated.
  attempts = 0;
  running = null;

  // `body()` is called when the act is sent; without a body the act is refused unsent.
  add(act) {
    this.waiting.push(act);
    return this.send();
  }

  // Resolves when all acts were answered, or when the server is away.
  async send() {
    if (this.waiting.length) this.running ??= this.drain();
    await this.running;
  }

  // Sends an act without waiting for others. Raises ServerError.
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

  // The server's answer or refusal; null when the server is away.
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
