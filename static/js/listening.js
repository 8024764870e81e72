// What all players of a page share: which one plays, how fast, and how loud.
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
  // Waveforms are drawn in the page's colours: they follow when these are switched.
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
// what is quieter than -30 LUFS drags nobody down with it. Unknown loudness is left alone.
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

// One plays at a time; a take of the same line starts where the one before is, also while that one
// is paused, unless somebody has moved in it themselves. One that is over by then starts anew.
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

// For a page whose keys mean other things; its players may have been there before it says so.
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
