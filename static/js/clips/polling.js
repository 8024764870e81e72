// Asks again as long as something is waited for: every second, and less often while nothing answers.
import { Refused } from "voicecms/clips/asking";

const EVERY = 1000;
const LONGEST = 10_000;

export class Polling {
  constructor(isWaiting, look) {
    this.isWaiting = isWaiting;
    this.look = look;
    this.misses = 0;
  }

  start() {
    this.stop();
    if (this.isWaiting()) this.timer = setTimeout(() => this.turn(), Math.min(EVERY * 2 ** this.misses, LONGEST));
  }

  stop() {
    clearTimeout(this.timer);
  }

  async turn() {
    try {
      await this.look();
      this.misses = 0;
    } catch (refusal) {
      if (!(refusal instanceof Refused)) throw refusal;
      this.misses += 1;
    }
    this.start();
  }
}
