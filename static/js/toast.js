// A short message that leaves by itself; with `undo` it stays 10 s and offers to take the act back.
// toast("3 drafts rejected", { meaning: "ok", undo: () => post(…) })
import { button, icon } from "voicecms/icon";
import { gettext } from "voicecms/words";

const SECONDS = { plain: 6, undo: 10 };

function place() {
  const existing = document.getElementById("toasts");
  if (existing) return existing;
  const region = document.createElement("div");
  region.id = "toasts";
  region.setAttribute("role", "status");
  document.body.append(region);
  return region;
}

export function toast(text, { meaning = "ok", undo = null } = {}) {
  const element = document.createElement("div");
  element.className = "toast";
  element.dataset.meaning = meaning;
  const words = document.createElement("span");
  words.textContent = text;
  element.append(icon(meaning), words);
  const leave = () => element.remove();
  if (undo) element.append(undoButton(undo, leave));
  const close = button("close", gettext("Dismiss"));
  close.addEventListener("click", leave);
  element.append(close);
  place().append(element);
  leaveLater(element, leave, undo ? SECONDS.undo : SECONDS.plain);
  return element;
}

function undoButton(undo, leave) {
  const again = document.createElement("button");
  again.type = "button";
  again.className = "button";
  again.textContent = gettext("Undo");
  again.addEventListener("click", () => {
    leave();
    undo();
  });
  return again;
}

// The time stands still while somebody points at the toast or has the focus in it.
function leaveLater(element, leave, seconds) {
  let timer = setTimeout(leave, seconds * 1000);
  const hold = () => clearTimeout(timer);
  const release = () => {
    hold();
    timer = setTimeout(leave, seconds * 1000);
  };
  element.addEventListener("pointerenter", hold);
  element.addEventListener("focusin", hold);
  element.addEventListener("pointerleave", release);
  element.addEventListener("focusout", release);
}
