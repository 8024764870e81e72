// Django's widget for choosing several names its icons in a way that assistive technology ignores.
export function labelHelpTooltips() {
  window.addEventListener("load", () => {
    for (const sign of document.querySelectorAll("span.help-tooltip[aria-label]")) sign.setAttribute("role", "img");
  });
}
