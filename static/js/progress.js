// <voice-progress>: follows a run or a batch. Takes over texts and widths from what the server
// draws, in place, so that nothing flickers or moves; says every 10 % to those who cannot see the
// bar; never leaves the page.
import { setChip } from "voicecms/chip";
import { copyAttributes, fragmentOf } from "voicecms/dom";
import { BaseElement, define } from "voicecms/element";
import { Polling } from "voicecms/polling";
import { get } from "voicecms/server";
import { TakeRows } from "voicecms/take-rows";

const EVERY = 2500;
const TEXTS = ["counts", "elapsed", "cost", "message", "outcome"];

// The tenth to announce, or null: none at first, none twice, none once it is finished.
export function tenthToSay(percent, said, isFinished) {
  const tenth = Math.floor(percent / 10);
  return said === null || tenth === said || isFinished ? null : tenth;
}

class VoiceProgress extends BaseElement {
  connectedCallback() {
    this.rows ??= new TakeRows(this.dataset.rowUrl);
    this.said = null;
    if (this.isFinished) this.hideStarters(this.dataset.status);
    this.polling = new Polling(() => this.look(), {
      every: EVERY,
      isWaiting: () => this.isConnected && (!this.isFinished || this.rows.waiting.size > 0),
      onMiss: (failure) => this.write("lost", `${failure.said} Trying again.`),
    });
    this.polling.start(0);
  }

  disconnectedCallback() {
    this.polling.stop();
  }

  get isFinished() {
    return this.hasAttribute("data-finished");
  }

  part(name, root = this) {
    return root.querySelector(`[data-part="${name}"]`);
  }

  write(name, text) {
    const place = this.part(name);
    if (place.textContent !== text) place.textContent = text;
    place.hidden = !text;
  }

  async look() {
    const report = await get(this.dataset.url);
    this.write("lost", "");
    this.show(report, fragmentOf(report.html).querySelector("voice-progress"));
  }

  show({ status, percent, rows = [], batches = [] }, drawn) {
    const isNews = !this.isFinished;
    setChip(this.querySelector(".progress__head .chip"), status);
    for (const name of TEXTS) this.write(name, this.part(name, drawn).textContent);
    this.showBar(drawn.querySelector(".progress__bar"));
    this.rows.update(rows, batches);
    this.toggleAttribute("data-finished", drawn.hasAttribute("data-finished"));
    this.part("finished").hidden = !this.isFinished;
    this.announce(percent);
    if (this.isFinished && isNews) this.finish(status);
  }

  showBar(drawn) {
    const bar = this.querySelector(".progress__bar");
    copyAttributes(drawn, bar);
    const [here, there] = [bar, drawn].map((one) => one.querySelectorAll("svg, rect"));
    there.forEach((shape, index) => copyAttributes(shape, here[index]));
  }

  announce(percent) {
    const tenth = tenthToSay(percent, this.said, this.isFinished);
    this.said = Math.floor(percent / 10);
    if (tenth !== null) this.part("announce").textContent = `${tenth * 10} percent, ${this.part("counts").textContent}`;
  }

  // What starts the work has nothing left to do.
  hideStarters(status) {
    if (status === "completed") for (const one of document.querySelectorAll("[data-until-finished]")) one.hidden = true;
  }

  finish(status) {
    this.hideStarters(status);
    this.part("announce").textContent = this.part("outcome").textContent;
  }
}

export function defineProgress() {
  define("voice-progress", VoiceProgress);
}
