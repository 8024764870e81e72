// <voice-range>: pieces/range.html with sliders. The number fields stay the truth; the sliders are
// for the mouse and hidden from assistive technology, which has the fields.
import { BaseElement, define } from "voicecms/element";

// The end that is moved pushes the other one along.
export function pushed(moved, { low, high }) {
  if (low <= high) return { low, high };
  return moved === "low" ? { low, high: low } : { low: high, high };
}

// Where the coloured part of the track begins and ends, in per cent. An empty low end means that
// nothing is chosen, an empty high end that one value is.
export function stretch({ low, high, min, max }) {
  const part = (value) => (100 * (value - min)) / (max - min);
  if (low === "") return { from: 0, to: 0 };
  return high === "" ? { from: 0, to: part(low) } : { from: part(low), to: part(high) };
}

class VoiceRange extends BaseElement {
  connectedCallback() {
    if (this.track) return;
    this.low = this.querySelector("[data-part=low]");
    this.high = this.querySelector("[data-part=high]");
    this.track = document.createElement("div");
    this.track.className = "range__track";
    this.track.setAttribute("aria-hidden", "true");
    this.sliders = [this.slider(this.low), this.slider(this.high)];
    this.track.append(...this.sliders);
    this.querySelector(".range__fields").prepend(this.track);
    this.querySelector(".range__fields").append(this.toggle());
    for (const field of [this.low, this.high]) field.addEventListener("input", () => this.follow());
    this.low.form?.addEventListener("reset", () => setTimeout(() => this.follow()));
    this.setRanged(this.high.value !== "");
  }

  slider(field) {
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", tabIndex: -1, min: field.min, max: field.max, step: field.step });
    slider.addEventListener("input", () => {
      field.value = slider.value;
      this.order(field);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    return slider;
  }

  toggle() {
    const label = document.createElement("label");
    label.className = "range__toggle";
    this.box = document.createElement("input");
    this.box.type = "checkbox";
    this.box.addEventListener("change", () => {
      if (this.box.checked) this.high.value = this.high.dataset.before ?? this.low.value;
      else this.high.dataset.before = this.high.value;
      this.setRanged(this.box.checked);
      this.low.dispatchEvent(new Event("input", { bubbles: true }));
    });
    label.append(this.box, "range");
    return label;
  }

  order(moved) {
    if (this.high.hidden) return;
    const ends = { low: Number(this.low.value), high: Number(this.high.value) };
    const { low, high } = pushed(moved === this.low ? "low" : "high", ends);
    if (low !== ends.low) this.low.value = low;
    if (high !== ends.high) this.high.value = high;
  }

  setRanged(ranged) {
    if (!ranged) this.high.value = "";
    this.box.checked = ranged;
    for (const part of [this.high, this.querySelector("[data-part=to]"), this.sliders[1]]) part.hidden = !ranged;
    this.follow();
  }

  follow() {
    this.sliders[0].value = this.low.value;
    this.sliders[1].value = this.high.value;
    this.track.toggleAttribute("data-empty", this.low.value === "");
    const { min, max } = this.low;
    const { from, to } = stretch({
      low: this.low.value && this.sliders[0].value,
      high: this.high.hidden ? "" : this.sliders[1].value,
      min,
      max,
    });
    this.track.style.setProperty("--from", `${from}%`);
    this.track.style.setProperty("--to", `${to}%`);
  }
}

export function defineRange() {
  define("voice-range", VoiceRange);
}
