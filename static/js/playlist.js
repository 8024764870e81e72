// "Play all": a button with data-play-all plays the players of its list in order; the next one is
// loaded ahead. Its list is the [data-playlist] that it names, that it stands in, or the only one.
import { setIcon } from "voicecms/icon";
import { listening } from "voicecms/listening";
import { matchButton, speedField } from "voicecms/listening-tools";
import { gettext } from "voicecms/words";

export const firstOf = (players, current) => (players.includes(current) ? current : players[0]);

export const nextOf = (players, player) => players[players.indexOf(player) + 1];

export class Playlist {
  constructor(toggler) {
    this.toggler = toggler;
    this.label = toggler.textContent.trim();
    this.running = false;
    this.list = document.getElementById(toggler.dataset.playAll)
      ?? toggler.closest("[data-playlist]")
      ?? document.querySelector("[data-playlist]")
      ?? document.body;
    toggler.hidden = false;
    toggler.addEventListener("click", () => (this.running ? this.stop() : this.start()));
    this.list.addEventListener("voice-player:ended", (event) => this.running && this.follow(event.target));
    this.list.addEventListener("pause", (event) => this.onPause(event), true);
  }

  get players() {
    return [...this.list.querySelectorAll("voice-player")];
  }

  start() {
    const { players } = this;
    const first = firstOf(players, listening.current);
    if (first) this.play(first);
  }

  stop() {
    this.show(false);
    listening.current?.pause();
  }

  follow(player) {
    const next = nextOf(this.players, player);
    if (next) this.play(next);
    else this.show(false);
  }

  async play(player) {
    this.show(true);
    const begun = player.play();
    player.scrollIntoView({ block: "nearest" });
    nextOf(this.players, player)?.prepare();
    await begun;
    // The browser refused it, or it cannot be played: nothing would end, and nothing follow.
    if (listening.current === player && !player.playing) this.show(false);
  }

  // Whoever pauses the current player by hand stops the list too.
  onPause({ target }) {
    const isCurrent = target.closest("voice-player") === listening.current;
    if (this.running && isCurrent && !target.ended) this.show(false);
  }

  show(running) {
    this.running = running;
    const word = this.toggler.querySelector("[data-part=word]") ?? this.toggler;
    word.textContent = running ? gettext("Stop") : this.label;
    const sign = this.toggler.querySelector(".icon");
    if (sign) setIcon(sign, running ? "pause" : "play");
  }
}

export function startPlaylists() {
  for (const toggler of document.querySelectorAll("[data-play-all]")) {
    new Playlist(toggler);
    const bar = toggler.closest(".playlist");
    if (!bar) continue;
    bar.append(speedField(), matchButton());
    bar.hidden = false;
  }
}
