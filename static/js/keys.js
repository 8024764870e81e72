// The keys of a page, in one registry. "?" shows them; they can be switched off, and they are dead
// while one types, and while Ctrl, Alt or Meta is held.
import { gettext } from "voicecms/words";

const keys = new Map();
const NAMES = { " ": gettext("Space"), ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };
// On these, Space and Enter do what they always do.
const PRESSED = "button, a, summary, input";
const TYPING = "textarea, select, [contenteditable], input:not([type=range], [type=checkbox], [type=radio], [type=button], [type=submit])";

const isOn = () => localStorage.getItem("voicecms.keys") !== "off";

export function register(key, label, act) {
  keys.set(key, { label, act });
}

export function forget(key) {
  keys.delete(key);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
  if ([" ", "Enter"].includes(event.key) && event.target.closest?.(PRESSED)) return;
  const key = keys.get(event.key) ?? keys.get(event.key.toLowerCase());
  if (event.key === "?") showKeys();
  else if (isOn() && key) key.act(event);
  else return;
  event.preventDefault();
});

export function showKeys() {
  const dialog = document.createElement("dialog");
  dialog.className = "keys";
  dialog.setAttribute("aria-labelledby", "keys-title");
  const title = document.createElement("h2");
  title.id = "keys-title";
  title.textContent = gettext("Keys");
  dialog.append(title, table(), onOff(), closing());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function table() {
  const list = document.createElement("table");
  list.className = "list";
  for (const [key, { label }] of [...keys, ["?", { label: gettext("Show these keys") }]]) {
    const row = list.insertRow();
    const cap = document.createElement("kbd");
    cap.textContent = NAMES[key] ?? key;
    const head = document.createElement("th");
    head.scope = "row";
    head.append(cap);
    row.append(head);
    row.insertCell().textContent = label;
  }
  return list;
}

function onOff() {
  const label = document.createElement("label");
  label.className = "keys__switch";
  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", checked: isOn() });
  box.addEventListener("change", () => localStorage.setItem("voicecms.keys", box.checked ? "on" : "off"));
  label.append(box, gettext("Keys are on (in this browser)"));
  return label;
}

function closing() {
  const form = document.createElement("form");
  form.method = "dialog";
  const close = document.createElement("button");
  close.className = "button";
  close.textContent = gettext("Close");
  close.autofocus = true;
  form.append(close);
  return form;
}
