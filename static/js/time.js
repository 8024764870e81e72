// <voice-time>: a moment in the reader's own time zone; the exact one stays in the tooltip.
const today = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const earlier = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

class VoiceTime extends HTMLElement {
  connectedCallback() {
    const time = this.querySelector("time");
    const at = new Date(time.dateTime);
    const isToday = at.toDateString() === new Date().toDateString();
    time.textContent = isToday ? `today, ${today.format(at)}` : earlier.format(at);
  }
}

customElements.define("voice-time", VoiceTime);
