// Keeps a state chip of pieces/chip.html up to date, in place, from those of pieces/state_chips.html.
export function setChip(chip, state) {
  if (!chip || chip.dataset.state === state) return;
  const fresh = document.getElementById("state-chips").content.querySelector(`[data-state="${CSS.escape(state)}"]`);
  chip.dataset.state = state;
  chip.replaceChildren(...fresh.cloneNode(true).childNodes);
}
