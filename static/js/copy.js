// Copies the field that a button names by data-copy. Where the browser has no clipboard, or refuses
// it, the field is selected and says what to press.
export function startCopy() {
  for (const trigger of document.querySelectorAll("[data-copy]")) offer(trigger);
}

function offer(trigger) {
  const field = document.getElementById(trigger.dataset.copy);
  const said = trigger.parentElement.querySelector("[role=status]");
  trigger.hidden = false;
  field.addEventListener("focus", () => field.select());
  if (field === document.activeElement) field.select();
  trigger.addEventListener("click", async () => {
    said.textContent = (await copy(field)) ? "Copied." : "Press Ctrl+C (on a Mac ⌘C) to copy.";
  });
}

async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch (refusal) {
    // TypeError: there is no clipboard on plain http; NotAllowedError: the browser refuses.
    if (!(refusal instanceof TypeError) && refusal.name !== "NotAllowedError") throw refusal;
    field.focus();
    field.select();
    return false;
  }
}
