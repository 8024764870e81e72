// The state of all players of a page: the current player, speed, and loudness match.
import { forget, register } from "voicecms/keys";
import { gettext } from "voicecms/words";

const TARGET_LUFS = -18;
const FLOOR_LUFS = -30;
export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

export const listening = {
  current: null,
  speed: 1,
  matched: true,
};

export const changes = new EventTarget();

const announce = () => changes.dispatchEvent(new Event("change"));

export function startListening() {
  listening.speed = Number(localStorage.getItem("voicecms.speed")) || 1;
  listening.matched = localStorage.getItem("voicecms.matched") !== "no";
  // Waveforms have the page's colours, and are redrawn when the theme changes.
  new MutationObserver(announce).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", announce);
}

export function setSpeed(speed) {
  listening.speed = speed;
  localStorage.setItem("voicecms.speed", String(speed));
  announce();
}

export function setMatched(matched) {
  listening.matched = matched;
  localStorage.setItem("voicecms.matched", matched ? "yes" : "no");
  announce();
}

// Linear gain (0-1) that brings `loudness` (LUFS) to the page's target. Audio elements can only
// attenuate, so the target is -18 LUFS or the quietest recording of the page, whichever is lower;
// recordings below -30 LUFS do not lower the target. Unknown loudness gives a gain of 1.
export function matchGain(loudness, others) {
  if (!Number.isFinite(loudness)) return 1;
  const heard = others.filter((other) => other >= FLOOR_LUFS);
  const target = Math.min(TARGET_LUFS, ...heard);
  return Math.min(1, 10 ** ((target - loudness) / 20));
}

export function loudnessOf(player) {
  return player.dataset.loudness ? Number(player.dataset.loudness) : NaN;
}

export function gainOf(player) {
  if (!listening.matched) return 1;
  const others = [...document.querySelectorAll("voice-player[data-loudness]")].map(loudnessOf);
  return matchGain(loudnessOf(player), others);
}

// One player plays at a time. A take of the same line starts at the position of the previous take,
// unless the person moved its own position. A take shorter than that position starts at 0.
export function takeOver(player) {
  const before = listening.current;
  listening.current = player;
  const { isPlaced } = player;
  player.isPlaced = false;
  if (!before || before === player) return;
  const { line } = player.dataset;
  const { position } = before;
  if (line && line === before.dataset.line && !isPlaced) player.seek(position < player.duration ? position : 0);
  before.pause();
}

function step(offset) {
  const players = [...document.querySelectorAll("voice-player")];
  const next = players[players.indexOf(listening.current) + offset];
  if (next) next.play();
}

const OWN = ["p", "n", "b"];
let registered = false;

// For a page with its own keys: forgets the players' keys, which may be registered already.
export function useOwnKeys() {
  registered = true;
  OWN.forEach(forget);
}

export function registerKeys() {
  if (registered) return;
  registered = true;
  register("p", gettext("Play or pause"), () => {
    const player = listening.current ?? document.querySelector("voice-player");
    player?.toggle();
  });
  register("n", gettext("Play the next one"), () => step(1));
  register("b", gettext("Play the one before"), () => listening.current && step(-1));
}
