// The controls of all players of a page: speed and loudness match.
import { button } from "voicecms/icon";
import { gettext } from "voicecms/words";
import { SPEEDS, changes, listening, setMatched, setSpeed } from "voicecms/listening";

export function speedField() {
  const field = document.createElement("select");
  field.setAttribute("aria-label", gettext("Speed"));
  field.className = "player__speed";
  for (const speed of SPEEDS) field.add(new Option(`${speed}×`, speed));
  field.value = listening.speed;
  field.addEventListener("change", () => setSpeed(Number(field.value)));
  changes.addEventListener("change", () => (field.value = listening.speed));
  return field;
}

export function matchButton() {
  const toggle = button("loudness", gettext("Same loudness for all"));
  const show = () => toggle.setAttribute("aria-pressed", String(listening.matched));
  toggle.addEventListener("click", () => setMatched(!listening.matched));
  changes.addEventListener("change", show);
  show();
  return toggle;
}
