// Lists: a click on a row opens it; the selection outlives filters and pages and says so.
import { Selection, countWords } from "voicecms/selection";

const INTERACTIVE = "a, button, input, select, textarea, label, summary, voice-player, [role=button]";
const ACTED = "voicecms.acted";

export function startTable() {
  document.addEventListener("click", openRow);
  const form = document.getElementById("changelist-form");
  const store = `voicecms.selected ${window.location.pathname}`;
  settle(form, store);
  const selection = new Selection(sessionStorage, store);
  const list = new SelectableList(form, selection);
  if (list.boxes.length || (form && selection.size)) list.start();
}

function openRow(event) {
  const row = event.target.closest("#result_list tbody tr, tr[data-href]");
  if (!row || event.target.closest(INTERACTIVE) || String(window.getSelection())) return;
  const href = row.dataset.href ?? row.querySelector("th a[href], td a[href]")?.href;
  if (href && (event.ctrlKey || event.metaKey)) window.open(href);
  else if (href) window.location.assign(href);
}

// An act that worked leaves nothing chosen; what was refused, or not confirmed, leaves everything.
function settle(form, store) {
  const acted = sessionStorage.getItem(ACTED);
  if (!acted) return;
  const isDone = document.querySelector(".messagelist .success, [data-done]") && !document.querySelector(".messagelist .error");
  if (isDone) sessionStorage.removeItem(acted);
  if (isDone || (form && acted === store)) sessionStorage.removeItem(ACTED);
}

class SelectableList {
  constructor(form, selection) {
    this.form = form;
    this.selection = selection;
    this.skipped = 0;
  }

  // Asked anew each time: rows are replaced while one works with them.
  get boxes() {
    return [...(this.form?.elements ?? [])].filter((field) => field.matches("input.action-select"));
  }

  get hidden() {
    return this.selection.notAmong(this.boxes.map(({ value }) => value));
  }

  start() {
    this.place = this.makeCount();
    (this.form.querySelector(".actions") ?? this.form).append(this.place);
    // Not as the browser remembers them: what is chosen may have been forgotten meanwhile.
    for (const box of this.boxes) select(box, this.selection.has(box.value));
    this.follow();
    document.addEventListener("change", (event) => this.onChange(event));
    document.addEventListener("click", (event) => this.onClick(event));
    this.form.addEventListener("submit", (event) => this.sendHidden(event));
  }

  makeCount() {
    const place = document.createElement("span");
    place.className = "selection";
    place.setAttribute("role", "status");
    const forget = document.createElement("button");
    Object.assign(forget, { type: "button", className: "button plain", textContent: "Forget those" });
    forget.addEventListener("click", () => {
      this.selection.forget(this.hidden);
      this.follow();
    });
    place.append("", forget);
    return place;
  }

  // --- What is shown -------------------------------------------------------------------------

  remember() {
    this.selection.follow(this.boxes);
    this.showCount();
  }

  follow() {
    this.remember();
    // The box of our own lists that chooses all says whether all are; Django's does so by itself.
    const all = document.querySelector("[data-select-all]");
    if (all) all.checked = this.boxes.every(({ checked }) => checked);
  }

  showCount() {
    const hidden = this.hidden.length;
    const counter = this.form.querySelector(".action-counter");
    const isAll = this.form.elements.select_across?.value === "1";
    this.place.hidden = isAll || (!hidden && !this.skipped && (counter || !this.selection.size));
    if (counter) counter.hidden = !this.place.hidden;
    this.place.firstChild.data = `${countWords(this.selection.size, hidden, this.skipped)} `;
    this.place.querySelector("button").hidden = !hidden;
  }

  // --- What somebody does --------------------------------------------------------------------

  onChange({ target }) {
    if (target.form !== this.form || !target.matches(".action-select")) return;
    target.closest("tr").classList.toggle("selected", target.checked);
    this.skipped = 0;
    this.follow();
  }

  // After the admin's own script, which answers to the same clicks.
  onClick({ target }) {
    const toggle = target.closest("#action-toggle, [data-select-all]");
    if (toggle) setTimeout(() => this.toggled(toggle));
    else if (this.form.contains(target)) setTimeout(() => this.remember());
  }

  toggled(toggle) {
    const { checked } = toggle;
    if (toggle.matches("[data-select-all]")) for (const box of this.boxes) select(box, checked);
    const silent = checked ? this.boxes.filter((box) => box.closest("tr").querySelector("[data-silent]")) : [];
    // What has no audio is not chosen with all the others: nobody could have heard it.
    for (const box of silent) {
      select(box, false);
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
    this.skipped = silent.length;
    this.remember();
    if (silent.length) toggle.checked = true;
  }

  sendHidden(event) {
    if (event.submitter?.name !== "index" || !this.form.elements.action?.value) return;
    for (const value of this.hidden) {
      this.form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "_selected_action", value }));
    }
    sessionStorage.setItem(ACTED, this.selection.name);
  }
}

function select(box, checked) {
  box.checked = checked;
  box.closest("tr").classList.toggle("selected", checked);
}
