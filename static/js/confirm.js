// Asks once more, in a dialog whose safe button has the focus.
// data-confirm is the id of a dialog of pieces/confirm.html, on a link to the plain page that asks
// the same or on a submit button; on a form it may also be the question itself.
import { clone } from "voicecms/dom";

export function startConfirm() {
  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit);
}

function onClick(event) {
  const trigger = event.target.closest(":is(a, button)[data-confirm]");
  const dialog = trigger && document.getElementById(trigger.dataset.confirm);
  if (!dialog || trigger.form?.dataset.confirmed === "") return;
  event.preventDefault();
  openNamed(dialog, trigger);
}

function onSubmit(event) {
  const form = event.target;
  if (!form.matches("form[data-confirm]") || form.dataset.confirmed === "") return;
  event.preventDefault();
  askInWords(form, event.submitter);
}

function open(dialog, agreed) {
  dialog.returnValue = "";
  dialog.addEventListener("close", () => dialog.returnValue === "confirm" && agreed(), { once: true });
  dialog.showModal();
}

function send(form, submitter) {
  form.dataset.confirmed = "";
  form.requestSubmit(submitter);
  delete form.dataset.confirmed;
}

// The buttons of a dialog only close it, and say which of them was pressed.
function keepInPage(dialog) {
  dialog.querySelector("form").method = "dialog";
  dialog.querySelector("[data-part=submit]").value = "confirm";
}

// A dialog with an address of its own posts there; else its button sends the opener's form.
function openNamed(dialog, trigger) {
  const { confirmTitle } = trigger.dataset;
  if (confirmTitle) dialog.querySelector("[data-part=title]").textContent = confirmTitle;
  if (!dialog.querySelector("form").hasAttribute("action")) keepInPage(dialog);
  open(dialog, () => trigger.form && send(trigger.form, trigger));
}

function askInWords(form, submitter) {
  const dialog = clone("confirm-question");
  dialog.querySelector("[data-part=title]").textContent = form.dataset.confirm;
  dialog.querySelector("[data-part=submit]").textContent = form.dataset.confirmButton ?? submitter?.textContent ?? "Do it";
  keepInPage(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  open(dialog, () => send(form, submitter));
}
