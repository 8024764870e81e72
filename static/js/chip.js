// Keeps a state chip of pieces/chip.html up to date, in place.
import { setIcon } from "voicecms/icon";

export function setChip(chip, state) {
  if (!chip || chip.dataset.state === state) return;
  chip.dataset.state = state;
  setIcon(chip.querySelector(".icon"), state);
  chip.querySelector(".chip__word").textContent = state.replace("_", " ");
}
