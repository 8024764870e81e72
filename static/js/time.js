// <voice-time>: a moment in the reader's own time zone; the exact one stays in the tooltip.
import { BaseElement, define } from "voicecms/element";

const today = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const earlier = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function localTime(at, now = new Date()) {
  return at.toDateString() === now.toDateString() ? `today, ${today.format(at)}` : earlier.format(at);
}

class VoiceTime extends BaseElement {
  connectedCallback() {
    const time = this.querySelector("time");
    time.textContent = localTime(new Date(time.dateTime));
  }
}

export function defineTime() {
  define("voice-time", VoiceTime);
}
