// The part of a take that is to be cut: handles on its waveform, and two fields that say the same.
import RegionsPlugin from "wavesurfer.js/plugins/regions";
import { draw } from "voicecms/board/wave";
import { nameOf } from "voicecms/board/takes";
import { listening } from "voicecms/listening";

export class Trim {
  constructor(dialog) {
    this.dialog = dialog;
    const { elements } = dialog.querySelector("form");
    this.start = elements.start;
    this.end = elements.end;
    for (const field of [this.start, this.end]) field.addEventListener("input", () => this.follow());
    dialog.querySelector("[data-act=hear]").addEventListener("click", () => this.hear());
    dialog.addEventListener("close", () => this.finish());
  }

  get part() {
    return { start: Number(this.start.value), end: Number(this.end.value) };
  }

  wanted() {
    return { take: this.take.handle, ...this.part };
  }

  async begin(take) {
    this.take = take;
    this.say("title", `Trim ${nameOf(take)}`);
    this.say("text", `It is ${take.duration.toFixed(2)} s long. A new take is made of the part; this one stays as it is.`);
    const most = Math.ceil(take.duration * 1000) / 1000;
    Object.assign(this.start, { value: 0, max: most });
    Object.assign(this.end, { value: take.duration.toFixed(3), max: most });
    this.audio = Object.assign(new Audio(take.audio), { preload: "none" });
    try {
      await this.draw(take);
    } catch (failure) {
      // The fields do without it.
      console.warn("waveform", failure);
    }
  }

  say(part, words) {
    this.dialog.querySelector(`[data-part=${part}]`).textContent = words;
  }

  async draw(take) {
    const regions = RegionsPlugin.create();
    const place = this.dialog.querySelector(".trim__wave");
    const wave = await draw(place, { url: take.peaks, duration: take.duration, media: this.audio, height: 80, plugins: [regions] });
    if (!this.dialog.open || this.take !== take) return wave.destroy();
    this.wave = wave;
    // Before it knows how long the take is, a region would be a mark without ends.
    if (wave.getDuration()) this.mark(regions);
    else wave.once("ready", () => this.mark(regions));
    return wave;
  }

  mark(regions) {
    this.region = regions.addRegion({ ...this.part, drag: false, resize: true });
    this.region.on("update", () => this.adopt());
  }

  adopt() {
    this.start.value = Math.max(0, this.region.start).toFixed(3);
    this.end.value = Math.min(this.region.end, this.take.duration).toFixed(3);
  }

  follow() {
    const { start, end } = this.part;
    if (start < end) this.region?.setOptions({ start, end });
  }

  async hear() {
    const { start, end } = this.part;
    listening.current?.pause();
    this.audio.currentTime = start;
    clearInterval(this.watch);
    this.watch = setInterval(() => this.audio.currentTime >= end && this.audio.pause(), 20);
    try {
      await this.audio.play();
    } catch (refusal) {
      // AbortError: the dialog was closed before it began.
      if (refusal.name !== "AbortError") this.say("refusal", "This take cannot be played.");
    }
  }

  finish() {
    clearInterval(this.watch);
    this.audio?.pause();
    this.wave?.destroy();
    this.wave = this.region = null;
  }
}
