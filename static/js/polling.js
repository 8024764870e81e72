// Asks again and again: at an interval, more rarely while nothing answers or the tab is hidden, and
// at once when somebody looks at the page again or the network is back.
import { ServerError } from "voicecms/server";

const HIDDEN_EVERY = 20_000;
const LONGEST = 30_000;

export class Polling {
  // `isWaiting` answers whether there is anything left to ask for; `onMiss` is told of each
  // ServerError.
  constructor(ask, { every, isWaiting = () => true, onMiss = () => {} }) {
    Object.assign(this, { ask, every, isWaiting, onMiss });
    this.misses = 0;
    this.isRunning = false;
    this.isAsking = false;
    this.wake = this.wake.bind(this);
  }

  get delay() {
    const every = document.visibilityState === "hidden" ? Math.max(HIDDEN_EVERY, this.every) : this.every;
    return this.misses ? Math.max(every, Math.min(this.every * 2 ** this.misses, LONGEST)) : every;
  }

  start(delay = this.delay) {
    if (!this.isRunning) {
      document.addEventListener("visibilitychange", this.wake);
      window.addEventListener("online", this.wake);
    }
    this.isRunning = true;
    this.schedule(delay);
  }

  stop() {
    clearTimeout(this.timer);
    this.isRunning = false;
    document.removeEventListener("visibilitychange", this.wake);
    window.removeEventListener("online", this.wake);
  }

  wake() {
    if (document.visibilityState === "visible") this.schedule(0);
  }

  schedule(delay) {
    clearTimeout(this.timer);
    if (this.isWaiting()) this.timer = setTimeout(() => this.turn(), delay);
    else this.stop();
  }

  async turn() {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      await this.ask();
      this.misses = 0;
    } catch (failure) {
      this.misses += 1;
      // A bug is reported, and does not end the polling.
      if (!(failure instanceof ServerError)) throw failure;
      this.onMiss(failure);
    } finally {
      this.isAsking = false;
      if (this.isRunning) this.schedule(this.delay);
    }
  }
}
