// <voice-range>: pieces/range.html with sliders. The number fields stay the truth; the sliders are
// for the mouse and hidden from assistive technology, which has the fields.

class VoiceRange extends HTMLElement {
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

  // The end that is dragged pushes the other one along.
  order(moved) {
    if (this.high.hidden || Number(this.low.value) <= Number(this.high.value)) return;
    const other = moved === this.low ? this.high : this.low;
    other.value = moved.value;
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
    const { min, max } = this.low;
    const part = (value) => `${(100 * (value - min)) / (max - min)}%`;
    this.track.toggleAttribute("data-empty", this.low.value === "");
    if (this.low.value === "") {
      this.track.style.setProperty("--to", "0%");
      return;
    }
    this.track.style.setProperty("--from", this.high.hidden ? "0%" : part(this.sliders[0].value));
    this.track.style.setProperty("--to", part(this.sliders[this.high.hidden ? 0 : 1].value));
  }
}

customElements.define("voice-range", VoiceRange);
