// Opens the dialogs of pieces/confirm.html. Without this module the links lead to a plain page.

function openFor(trigger) {
  const dialog = document.getElementById(trigger.dataset.confirm);
  if (!dialog) return false;
  const { confirmTitle } = trigger.dataset;
  if (confirmTitle) dialog.querySelector("[data-part=title]").textContent = confirmTitle;
  dialog.trigger = trigger;
  dialog.showModal();
  return true;
}

document.addEventListener("click", (event) => {
  const trigger = event.target.closest("[data-confirm]");
  if (trigger && !trigger.confirmed && openFor(trigger)) event.preventDefault();
});

// A dialog without an address of its own sends the form that its button belongs to.
document.addEventListener("submit", (event) => {
  const dialog = event.target.closest("dialog.confirm");
  const button = dialog?.trigger;
  if (!button?.form || event.target.hasAttribute("action") || event.submitter?.value === "cancel") return;
  event.preventDefault();
  dialog.close();
  button.confirmed = true;
  button.form.requestSubmit(button);
  button.confirmed = false;
});
