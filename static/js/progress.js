// <voice-progress>: follows a run or a batch. Changes texts and widths in place, so that nothing
// flickers or moves; says every 10 % to those who cannot see the bar; never leaves the page.
import { setChip } from "voicecms/chip";
import { cost, counts, isFinished, outcome, span } from "voicecms/phrases";
import { Rows } from "voicecms/rows";

const EVERY = 2500;
const HIDDEN_EVERY = 20000;
const LONGEST = 30000;
const PATIENCE = 15000;

class VoiceProgress extends HTMLElement {
  connectedCallback() {
    this.rows ??= new Rows(this.dataset.rowUrl);
    this.misses = 0;
    this.said = null;
    this.finished = isFinished(this.dataset.status);
    this.wake = () => document.visibilityState === "visible" && this.schedule(0);
    document.addEventListener("visibilitychange", this.wake);
    window.addEventListener("online", this.wake);
    // Also when it is finished: once, for what only the JSON knows.
    this.poll();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.wake);
    window.removeEventListener("online", this.wake);
  }

  part(name) {
    return this.querySelector(`[data-part="${name}"]`);
  }

  // --- Asking ------------------------------------------------------------------------------

  schedule(delay) {
    clearTimeout(this.timer);
    if (this.isConnected && !this.done) this.timer = setTimeout(() => this.poll(), delay);
  }

  delay() {
    if (this.misses) return Math.min(EVERY * 2 ** (this.misses - 1), LONGEST);
    return document.visibilityState === "hidden" ? HIDDEN_EVERY : EVERY;
  }

  async poll() {
    if (this.asking) return;
    this.asking = true;
    try {
      this.show(await this.ask());
      this.misses = 0;
      this.write("lost", "");
    } catch (failure) {
      this.misses += 1;
      this.write("lost", failure.forPeople ?? "Connection lost, trying again.");
    } finally {
      this.asking = false;
    }
    this.schedule(this.delay());
  }

  async ask() {
    const response = await fetch(this.dataset.url, {
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.redirected || response.status === 401 || response.status === 403) {
      throw Object.assign(new Error("login"), { forPeople: "You are no longer logged in: load this page again." });
    }
    if (!response.ok) throw new Error(String(response.status));
    return response.json();
  }

  // --- Showing -----------------------------------------------------------------------------

  show(progress) {
    setChip(this.querySelector(".progress__head .chip"), progress.status);
    this.write("counts", counts(progress, this.dataset.noun));
    this.write("elapsed", progress.elapsed_seconds == null ? "" : this.elapsed(progress));
    this.write("cost", cost(progress, this.dataset.currency));
    this.write("message", progress.message ?? "");
    this.showBar(progress);
    this.rows.update(progress.rows ?? [], progress.batches ?? []);
    this.announce(progress);
    this.done = isFinished(progress.status) && !this.rows.waiting.size;
    if (isFinished(progress.status)) this.finish(progress);
  }

  elapsed({ status, elapsed_seconds: seconds }) {
    return isFinished(status) ? `took ${span(seconds)}` : `${span(seconds)} so far`;
  }

  write(name, text) {
    const place = this.part(name);
    if (place.textContent !== text) place.textContent = text;
    place.hidden = !text;
  }

  showBar({ total, complete, failed, generating = 0, percent }) {
    const bar = this.querySelector(".progress__bar");
    bar.setAttribute("aria-valuenow", Math.round(percent));
    bar.firstElementChild.setAttribute("viewBox", `0 0 ${total || 1} 1`);
    let x = 0;
    const widths = [complete, failed, generating];
    bar.querySelectorAll("rect").forEach((rect, index) => {
      rect.setAttribute("x", x);
      rect.setAttribute("width", widths[index]);
      x += widths[index];
    });
  }

  announce({ percent, status, ...progress }) {
    const tenth = Math.floor(percent / 10);
    const first = this.said === null;
    if (tenth === this.said || isFinished(status)) return;
    this.said = tenth;
    if (!first) this.part("announce").textContent = `${tenth * 10} percent, ${counts({ status, ...progress }, this.dataset.noun)}`;
  }

  finish(progress) {
    const text = outcome(progress, this.dataset.noun);
    const news = !this.finished;
    this.finished = true;
    this.part("outcome").textContent = text;
    this.part("finished").hidden = false;
    // What starts the work has nothing left to do.
    if (progress.status === "completed") for (const one of document.querySelectorAll("[data-until-finished]")) one.hidden = true;
    if (!news) return;
    this.part("announce").textContent = text;
    this.dispatchEvent(new CustomEvent("voice-progress:finished", { bubbles: true, detail: progress }));
  }
}

customElements.define("voice-progress", VoiceProgress);
