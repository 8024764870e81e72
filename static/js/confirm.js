// Asks once more, in a dialog whose safe button has the focus.
// data-confirm is the id of a dialog of pieces/confirm.html, on a link to the plain page that asks
// the same or on a submit button; on a form it may also be the question itself.

const FORM_DIALOG = `
  <form method="dialog">
    <p data-part="title"></p>
    <p class="confirm__choice">
      <button class="button" value="cancel" autofocus>Cancel</button>
      <button class="button danger" value="confirm"></button>
    </p>
  </form>`;

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

// A dialog with an address of its own posts there; else its button sends the opener's form.
function openNamed(dialog, trigger) {
  const { confirmTitle } = trigger.dataset;
  if (confirmTitle) dialog.querySelector("[data-part=title]").textContent = confirmTitle;
  const inner = dialog.querySelector("form");
  if (!inner.hasAttribute("action")) {
    inner.method = "dialog";
    dialog.querySelector("[data-part=submit]").value = "confirm";
  }
  open(dialog, () => trigger.form && send(trigger.form, trigger));
}

function askInWords(form, submitter) {
  const dialog = Object.assign(document.createElement("dialog"), { className: "confirm", innerHTML: FORM_DIALOG });
  const question = dialog.querySelector("[data-part=title]");
  question.textContent = form.dataset.confirm;
  question.id = "confirm-question";
  dialog.setAttribute("aria-labelledby", question.id);
  dialog.querySelector(".danger").textContent = form.dataset.confirmButton ?? submitter?.textContent ?? "Do it";
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  open(dialog, () => send(form, submitter));
}

document.addEventListener("click", (event) => {
  const trigger = event.target.closest(":is(a, button)[data-confirm]");
  const dialog = trigger && document.getElementById(trigger.dataset.confirm);
  if (!dialog || trigger.form?.dataset.confirmed === "") return;
  event.preventDefault();
  openNamed(dialog, trigger);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-confirm]") || form.dataset.confirmed === "") return;
  event.preventDefault();
  askInWords(form, event.submitter);
});
