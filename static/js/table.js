// Lists: a click on a row opens it; the selection outlives filters and pages and says so.

const INTERACTIVE = "a, button, input, select, textarea, label, summary, voice-player, [role=button]";

document.addEventListener("click", (event) => {
  const row = event.target.closest("#result_list tbody tr, tr[data-href]");
  if (!row || event.target.closest(INTERACTIVE) || String(window.getSelection())) return;
  const href = row.dataset.href ?? row.querySelector("th a[href], td a[href]")?.href;
  if (href && (event.ctrlKey || event.metaKey)) window.open(href);
  else if (href) window.location.assign(href);
});

const form = document.getElementById("changelist-form");
const store = `voicecms.selected ${window.location.pathname}`;
const ACTED = "voicecms.acted";

// An act that worked leaves nothing chosen; what was refused, or not confirmed, leaves everything.
function settle() {
  const acted = sessionStorage.getItem(ACTED);
  if (!acted) return;
  const isDone = document.querySelector(".messagelist .success, [data-done]") && !document.querySelector(".messagelist .error");
  if (isDone) sessionStorage.removeItem(acted);
  if (isDone || (form && acted === store)) sessionStorage.removeItem(ACTED);
}

settle();
const selected = new Set(JSON.parse(sessionStorage.getItem(store) ?? "[]"));
let skipped = 0;

// Asked anew each time: rows are replaced while one works with them.
const boxes = () => [...(form?.elements ?? [])].filter((field) => field.matches("input.action-select"));

function remember() {
  for (const { value, checked } of boxes()) {
    if (checked) selected.add(value);
    else selected.delete(value);
  }
  sessionStorage.setItem(store, JSON.stringify([...selected]));
}

function hiddenOnes() {
  const shown = new Set(boxes().map(({ value }) => value));
  return [...selected].filter((value) => !shown.has(value));
}

function showCount(place) {
  const hidden = hiddenOnes().length;
  const counter = form.querySelector(".action-counter");
  const isAll = form.elements.select_across?.value === "1";
  place.hidden = isAll || (!hidden && !skipped && (counter || !selected.size));
  if (counter) counter.hidden = !place.hidden;
  const words = [`${selected.size} selected`];
  if (hidden) words.push(`${hidden} not shown`);
  if (skipped) words.push(`${skipped} without audio skipped`);
  place.firstChild.data = `${words.join(", ")} `;
  place.querySelector("button").hidden = !hidden;
}

// The box of our own lists that chooses all says whether all are; Django's does so by itself.
function showAll() {
  const all = document.querySelector("[data-select-all]");
  if (all) all.checked = boxes().every(({ checked }) => checked);
}

function countPlace() {
  const place = document.createElement("span");
  place.className = "selection";
  place.setAttribute("role", "status");
  const forget = document.createElement("button");
  Object.assign(forget, { type: "button", className: "button plain", textContent: "Forget those" });
  forget.addEventListener("click", () => {
    hiddenOnes().forEach((value) => selected.delete(value));
    remember();
    showCount(place);
  });
  place.append("", forget);
  return place;
}

function select(box, checked) {
  box.checked = checked;
  box.closest("tr").classList.toggle("selected", checked);
}

// What has no audio is not chosen with all the others: nobody could have heard it.
function skipSilent(toggle) {
  const silent = toggle.checked ? boxes().filter((box) => box.closest("tr").querySelector("[data-silent]")) : [];
  for (const box of silent) {
    select(box, false);
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
  if (silent.length) toggle.checked = true;
  skipped = silent.length;
}

function toggled(toggle, place) {
  if (toggle.matches("[data-select-all]")) for (const box of boxes()) select(box, toggle.checked);
  skipSilent(toggle);
  remember();
  showCount(place);
}

function sendHiddenOnes(event) {
  if (event.submitter?.name !== "index" || !form.elements.action?.value) return;
  for (const value of hiddenOnes()) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "_selected_action", value }));
  }
  sessionStorage.setItem(ACTED, store);
}

if (boxes().length || (form && selected.size)) {
  const place = countPlace();
  (form.querySelector(".actions") ?? form).append(place);
  // Not as the browser remembers them: what is chosen may have been forgotten meanwhile.
  for (const box of boxes()) select(box, selected.has(box.value));
  remember();
  showAll();
  showCount(place);
  document.addEventListener("change", ({ target }) => {
    if (target.form !== form || !target.matches(".action-select")) return;
    target.closest("tr").classList.toggle("selected", target.checked);
    skipped = 0;
    remember();
    showAll();
    showCount(place);
  });
  // After the admin's own script, which answers to the same clicks.
  document.addEventListener("click", ({ target }) => {
    const toggle = target.closest("#action-toggle, [data-select-all]");
    if (toggle) setTimeout(() => toggled(toggle, place));
    else if (form.contains(target)) setTimeout(() => { remember(); showCount(place); });
  });
  form.addEventListener("submit", sendHiddenOnes);
}
