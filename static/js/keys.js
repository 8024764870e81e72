// The keys of a page, in one registry. "?" shows them; they can be switched off, and they are dead
// while one types, and while Ctrl, Alt or Meta is held.
import { gettext } from "voicecms/words";

const keys = new Map();
const ARROWS = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };
// On these, Space and Enter do what they always do.
const PRESSED = "button, a, summary, input";
const TYPING = "textarea, select, [contenteditable], input:not([type=range], [type=checkbox], [type=radio], [type=button], [type=submit])";

// Where it is kept whether they are on: in this browser, unless the page knows the person. `keep`
// answers why it could not be kept, if so.
let keeping = null;

const inThisBrowser = () => ({
  on: localStorage.getItem("voicecms.keys") !== "off",
  words: gettext("Keys are on (in this browser)"),
  keep(on) {
    localStorage.setItem("voicecms.keys", on ? "on" : "off");
    return "";
  },
});

export function keepKeys(otherwise) {
  keeping = otherwise;
}

export function register(key, label, act) {
  keys.set(key, { label, act });
}

export function forget(key) {
  keys.delete(key);
}

export function startKeys() {
  keeping ??= inThisBrowser();
  document.addEventListener("keydown", onKey);
  for (const opener of document.querySelectorAll("[data-keys]")) {
    opener.hidden = false;
    opener.addEventListener("click", showKeys);
  }
}

function onKey(event) {
  const act = document.querySelector("dialog[open]") ? null : actOf(event);
  if (!act) return;
  act(event);
  event.preventDefault();
}

// What a key does, if anything, where it was pressed.
export function actOf({ key, target, defaultPrevented, ctrlKey, altKey, metaKey }) {
  if (defaultPrevented || ctrlKey || altKey || metaKey) return null;
  if (target.closest?.(TYPING)) return null;
  if ([" ", "Enter"].includes(key) && target.closest?.(PRESSED)) return null;
  if (key === "?") return showKeys;
  const found = keys.get(key) ?? keys.get(key.toLowerCase());
  return (keeping.on && found?.act) || null;
}

export function showKeys() {
  const dialog = document.createElement("dialog");
  dialog.className = "keys";
  dialog.setAttribute("aria-labelledby", "keys-title");
  const title = document.createElement("h2");
  title.id = "keys-title";
  title.textContent = gettext("Keys");
  // The table is scrolled by itself: the heading, the switch and the button are always in view.
  const scrolled = document.createElement("div");
  scrolled.className = "keys__table";
  scrolled.tabIndex = 0;
  scrolled.setAttribute("role", "region");
  scrolled.setAttribute("aria-labelledby", title.id);
  scrolled.append(table());
  dialog.append(title, scrolled, onOff(), closing());
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
    cap.textContent = nameOf(key);
    const head = document.createElement("th");
    head.scope = "row";
    head.append(cap);
    row.append(head);
    row.insertCell().textContent = label;
  }
  return list;
}

const nameOf = (key) => (key === " " ? gettext("Space") : (ARROWS[key] ?? key));

function onOff() {
  const label = document.createElement("label");
  label.className = "keys__switch";
  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", checked: keeping.on });
  const note = document.createElement("span");
  note.setAttribute("role", "alert");
  box.addEventListener("change", async () => {
    note.textContent = await keeping.keep(box.checked);
    if (note.textContent) box.checked = keeping.on;
    keeping.on = box.checked;
  });
  label.append(box, keeping.words, note);
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
