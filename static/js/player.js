// <voice-player>: pieces/player.html with a waveform, a slider and what one needs to listen well.
import { BaseElement, define } from "voicecms/element";
import { button, setIcon } from "voicecms/icon";
import * as shared from "voicecms/listening";
import { matchButton, speedField } from "voicecms/listening-tools";
import { clock, ofSeconds } from "voicecms/phrases";
import { draw, fetchPeaks } from "voicecms/waveform";
import { gettext } from "voicecms/words";

const NUDGE = 1;
const LEAP = 5;

let seen = null;
let resized = null;

class VoicePlayer extends BaseElement {
  connectedCallback() {
    if (!this.audio) {
      this.audio = this.querySelector("audio");
      this.loop = null;
      this.build();
      this.listen();
    }
    seen.observe(this);
    resized.observe(this);
    shared.changes.addEventListener("change", this.adopt);
    shared.registerKeys();
    this.paint();
  }

  disconnectedCallback() {
    this.audio.pause();
    seen.unobserve(this);
    resized.unobserve(this);
    shared.changes.removeEventListener("change", this.adopt);
    if (shared.listening.current === this) shared.listening.current = null;
  }

  get playing() {
    return this.dataset.state === "playing" || this.dataset.state === "loading";
  }

  get duration() {
    return Number.isFinite(this.audio.duration) ? this.audio.duration : Number(this.dataset.duration) || 0;
  }

  get label() {
    return this.dataset.label || gettext("recording");
  }

  get position() {
    return this.audio.currentTime;
  }

  // --- What one can do with it -------------------------------------------------------------

  async play() {
    if (this.dataset.state === "error") this.audio.load();
    shared.takeOver(this);
    this.setState("loading");
    this.adopt();
    this.appear();
    try {
      await this.audio.play();
    } catch (refusal) {
      // AbortError: paused before it began; the error event tells of everything else.
      if (refusal.name === "NotAllowedError") this.setState("paused");
    }
  }

  pause() {
    this.audio.pause();
    // Its event comes later: a key that is pressed before that would take it for playing.
    if (this.playing) this.setState("paused");
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  prepare() {
    this.audio.preload = "auto";
  }

  seek(seconds) {
    this.audio.currentTime = Math.max(0, Math.min(seconds, this.duration));
    this.paint();
  }

  // Where somebody wants to hear it from.
  place(seconds) {
    this.isPlaced = true;
    this.seek(seconds);
  }

  // --- How it is made ----------------------------------------------------------------------

  build() {
    const { label } = this;
    this.audio.controls = false;
    this.toggler = button("play", gettext("Play %(label)s", { label }), "player__play");
    this.toggler.removeAttribute("title");
    this.track = document.createElement("span");
    this.track.className = "player__track";
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    this.slider = document.createElement("input");
    Object.assign(this.slider, { type: "range", min: 0, step: 0.01, value: 0 });
    this.slider.setAttribute("aria-label", gettext("Position in %(label)s", { label }));
    this.track.append(this.canvas, this.slider);
    this.clock = document.createElement("span");
    this.clock.className = "player__time";
    this.note = document.createElement("span");
    this.note.className = "player__note";
    this.note.setAttribute("role", "status");
    this.append(this.toggler, this.track, this.clock, this.note);
    if (!this.classList.contains("player--compact")) this.buildTools();
    this.setState("idle");
  }

  buildTools() {
    this.loopButton = button("loop", gettext("Loop"));
    this.fromButton = button("from", gettext("Loop from here"));
    this.toButton = button("to", gettext("Loop to here"));
    this.loopButton.addEventListener("click", () => this.setLoop(this.loop ? null : [0, this.duration]));
    this.fromButton.addEventListener("click", () => this.setLoop([this.position, this.loop[1]]));
    this.toButton.addEventListener("click", () => this.setLoop([this.loop[0], this.position]));
    this.append(speedField(), matchButton(), this.loopButton, this.fromButton, this.toButton);
    this.setLoop(null);
  }

  listen() {
    this.toggler.addEventListener("click", () => this.toggle());
    this.slider.addEventListener("input", () => this.place(Number(this.slider.value)));
    this.slider.addEventListener("keydown", (event) => this.onKey(event));
    this.audio.addEventListener("playing", () => this.onPlaying());
    this.audio.addEventListener("waiting", () => this.playing && this.setState("loading"));
    this.audio.addEventListener("pause", () => this.setState(this.audio.error ? "error" : "paused"));
    this.audio.addEventListener("ended", () => this.onEnded());
    this.audio.addEventListener("error", () => this.setState("error"));
    this.audio.addEventListener("loadedmetadata", () => this.paint());
  }

  // --- What happens to it ------------------------------------------------------------------

  onKey(event) {
    const steps = {
      ArrowLeft: -NUDGE, ArrowDown: -NUDGE, ArrowRight: NUDGE, ArrowUp: NUDGE, PageDown: -LEAP, PageUp: LEAP,
    };
    if (event.key === " " || event.key === "Enter") this.toggle();
    else if (event.key in steps) this.place(this.position + steps[event.key] * (event.shiftKey ? 0.1 : 1));
    else return;
    event.preventDefault();
  }

  onPlaying() {
    this.setState("playing");
    const frame = () => {
      if (this.loop && this.position >= this.loop[1]) this.seek(this.loop[0]);
      this.paint();
      if (this.dataset.state === "playing") requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  onEnded() {
    if (this.loop) {
      this.seek(this.loop[0]);
      this.play();
      return;
    }
    this.seek(0);
    this.setState("paused");
    this.dispatchEvent(new Event("voice-player:ended", { bubbles: true }));
  }

  async appear() {
    seen.unobserve(this);
    if (this.peaks !== undefined) return;
    this.peaks = null;
    if (this.dataset.peaks) {
      try {
        this.peaks = await fetchPeaks(this.dataset.peaks);
      } catch {
        // Decoration only: the slider works without it.
      }
    }
    this.paint();
  }

  adopt = () => {
    if (shared.listening.current === this) {
      this.audio.playbackRate = shared.listening.speed;
      this.audio.volume = shared.gainOf(this);
    }
    this.paint();
  };

  setLoop(ends) {
    this.loop = ends && ends[0] < ends[1] ? ends : null;
    if (this.loopButton) this.showLoop();
    this.paint();
  }

  showLoop() {
    this.loopButton.setAttribute("aria-pressed", String(Boolean(this.loop)));
    this.fromButton.hidden = !this.loop;
    this.toButton.hidden = !this.loop;
  }

  setState(state) {
    this.dataset.state = state;
    const { label } = this;
    setIcon(this.toggler.firstElementChild, this.playing ? "pause" : state === "error" ? "warn" : "play");
    this.toggler.setAttribute("aria-label", this.playing ? gettext("Pause %(label)s", { label }) : gettext("Play %(label)s", { label }));
    this.note.textContent = state === "error" ? gettext("cannot be played") : "";
    this.paint();
  }

  paint() {
    const { duration, position } = this;
    this.slider.max = duration || 1;
    this.slider.value = position;
    this.slider.setAttribute("aria-valuetext", ofSeconds(position, duration));
    this.clock.textContent = duration ? clock(duration, position) : clock(position);
    const loop = this.loop && this.loop.map((end) => end / (duration || 1));
    // To ask for the canvas's size lays the whole page out: not before somebody sees it.
    if (this.peaks !== undefined) draw(this.canvas, this.peaks, duration ? position / duration : 0, loop);
  }
}

export function definePlayer() {
  seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting) target.appear();
  }, { rootMargin: "200px" });
  resized = new ResizeObserver((entries) => entries.forEach(({ target }) => target.paint()));
  define("voice-player", VoicePlayer);
}
