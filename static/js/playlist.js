// "Play all": the players inside [data-playlist], in order; the next one is loaded ahead.
import { button, setIcon } from "voicecms/icon";
import { listening } from "voicecms/listening";
import { matchButton, speedField } from "voicecms/listening-tools";

class VoicePlaylist extends HTMLElement {
  connectedCallback() {
    if (this.toggler) return;
    this.running = false;
    const { label } = this.dataset;
    this.toggler = button("play", label, "button");
    this.toggler.append(label);
    this.toggler.addEventListener("click", () => (this.running ? this.stop() : this.start()));
    this.append(this.toggler, speedField(), matchButton());
    this.list.addEventListener("voice-player:ended", (event) => this.running && this.follow(event.target));
    // Whoever starts or pauses a player by hand takes over from the list.
    this.list.addEventListener("pause", (event) => this.onPause(event), true);
  }

  get list() {
    return document.getElementById(this.dataset.target) ?? this.closest("[data-playlist]") ?? document.body;
  }

  get players() {
    return [...this.list.querySelectorAll("voice-player")];
  }

  start() {
    const { players } = this;
    const first = players.includes(listening.current) ? listening.current : players[0];
    if (first) this.play(first);
  }

  stop() {
    this.show(false);
    listening.current?.pause();
  }

  follow(player) {
    const { players } = this;
    const next = players[players.indexOf(player) + 1];
    if (next) this.play(next);
    else this.show(false);
  }

  play(player) {
    this.show(true);
    player.play();
    player.scrollIntoView({ block: "nearest" });
    const { players } = this;
    players[players.indexOf(player) + 1]?.prepare();
  }

  onPause(event) {
    const { target } = event;
    if (this.running && !target.ended && target.closest("voice-player") === listening.current) this.show(false);
  }

  show(running) {
    this.running = running;
    setIcon(this.toggler.firstElementChild, running ? "pause" : "play");
    this.toggler.lastChild.data = running ? "Stop" : this.dataset.label;
    this.toggler.setAttribute("aria-label", running ? "Stop" : this.dataset.label);
    this.toggler.title = "";
  }
}

customElements.define("voice-playlist", VoicePlaylist);
