// The base of custom elements, which lets their modules be imported without a browser.
export const BaseElement = globalThis.HTMLElement ?? class {};

export function define(name, element) {
  if (!customElements.get(name)) customElements.define(name, element);
}
