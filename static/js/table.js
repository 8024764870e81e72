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
const boxes = [...(form?.querySelectorAll("input.action-select") ?? [])];
const store = `voicecms.selected ${window.location.pathname}`;
const selected = new Set(JSON.parse(sessionStorage.getItem(store) ?? "[]"));

function remember() {
  for (const { value, checked } of boxes) {
    if (checked) selected.add(value);
    else selected.delete(value);
  }
  sessionStorage.setItem(store, JSON.stringify([...selected]));
}

function hiddenOnes() {
  const shown = new Set(boxes.map(({ value }) => value));
  return [...selected].filter((value) => !shown.has(value));
}

function showCount(place) {
  const hidden = hiddenOnes().length;
  place.hidden = !hidden;
  form.querySelector(".action-counter").hidden = Boolean(hidden);
  place.firstChild.data = `${selected.size} selected, ${hidden} not shown `;
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

// The server looks for the selected rows in the list as it is filtered: those not shown are sent
// to the list without filters.
function sendHiddenOnes(event) {
  if (event.submitter?.name !== "index" || !form.elements.action?.value) return;
  const hidden = hiddenOnes();
  for (const value of hidden) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "_selected_action", value }));
  }
  if (hidden.length) form.action = window.location.pathname;
  sessionStorage.removeItem(store);
}

if (boxes.length) {
  const place = countPlace();
  form.querySelector(".actions")?.append(place);
  for (const box of boxes) {
    box.checked ||= selected.has(box.value);
    box.closest("tr").classList.toggle("selected", box.checked);
  }
  remember();
  showCount(place);
  form.addEventListener("change", () => {
    remember();
    showCount(place);
  });
  form.addEventListener("click", () => setTimeout(() => {
    remember();
    showCount(place);
  }));
  form.addEventListener("submit", sendHiddenOnes);
}
