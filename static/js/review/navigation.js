// From line to line and version to version, by the bar and by keys.
import { listening, setMatched, useOwnKeys } from "voicecms/listening";
import { register } from "voicecms/keys";
import { toast } from "voicecms/toast";
import { gettext } from "voicecms/words";

let review = null;
let current = null;

const versions = () => [...review.querySelectorAll("[data-draft]")];
const chosen = () => (current?.isConnected ? current : versions()[0]);

function lineInView() {
  const rows = [...review.querySelectorAll(".row")];
  if (current?.isConnected && isVisible(current)) return current.closest(".row");
  return rows.find(isVisible) ?? rows[0];
}

function isVisible(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}

// Who listens goes on listening, at the same place when it is the same line.
function go(version) {
  if (!version) return;
  const wasPlaying = listening.current?.playing;
  current = version;
  version.focus({ preventScroll: true });
  version.scrollIntoView({ block: "nearest" });
  if (wasPlaying) version.querySelector("voice-player").play();
}

function stepVersion(offset) {
  const all = versions();
  go(all[all.indexOf(chosen()) + offset]);
}

function stepLine(offset) {
  const rows = [...review.querySelectorAll(".row")];
  const row = rows[rows.indexOf(lineInView()) + offset];
  if (!row) {
    document.querySelector(offset > 0 ? "a[rel=next]" : "a[rel=prev]")?.click();
    return;
  }
  current = row.querySelector("[data-draft]");
  if (listening.current?.playing) listening.current.pause();
  row.scrollIntoView({ block: "start" });
  row.focus({ preventScroll: true });
}

function press(act) {
  const version = chosen();
  const button = version?.querySelector(`[data-act=${act}]`);
  if (!button) return;
  if (button.disabled) {
    toast(version.querySelector("[data-outdated]").textContent, { meaning: "warn" });
    return;
  }
  button.click();
  if (button.matches("summary") && button.parentElement.open) button.parentElement.querySelector("select").focus();
}

export function startNavigation(undo) {
  review = document.getElementById("review");
  const follow = ({ target }) => (current = target.closest("[data-draft]") ?? current);
  review.addEventListener("focusin", follow);
  review.addEventListener("play", follow, true);
  document.addEventListener("click", ({ target }) => {
    const step = target.closest("[data-step]");
    if (step) stepLine(Number(step.dataset.step));
  });
  registerKeys(undo);
}

function registerKeys(undo) {
  useOwnKeys();
  register(" ", gettext("Play or pause"), () => chosen()?.querySelector("voice-player").toggle());
  register("ArrowDown", gettext("Version after"), () => stepVersion(1));
  register("ArrowUp", gettext("Version before"), () => stepVersion(-1));
  register("ArrowRight", gettext("Line after"), () => stepLine(1));
  register("ArrowLeft", gettext("Line before"), () => stepLine(-1));
  register("l", gettext("Play what is heard now"), () => chosen()?.closest(".row").querySelector(".live voice-player")?.toggle());
  if (review.querySelector("[data-act=approve]")) {
    register("1", gettext("Use this one"), () => press("approve"));
    register("2", gettext("Needs change"), () => press("change"));
    register("3", gettext("Not sure"), () => press("unsure"));
    register("0", gettext("Take back"), () => press("undecide"));
  }
  register("u", gettext("Undo"), () => undo());
  register("m", gettext("Same loudness for all"), () => setMatched(!listening.matched));
}
