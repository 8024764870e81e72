// Labels the help icons of Django's filter_horizontal widget, which assistive technology ignores.
export function labelHelpTooltips() {
  window.addEventListener("load", () => {
    for (const sign of document.querySelectorAll("span.help-tooltip[aria-label]")) sign.setAttribute("role", "img");
  });
}
