// The base of our elements. Where there is no browser, their modules can be imported all the same.
export const BaseElement = globalThis.HTMLElement ?? class {};

export function define(name, element) {
  if (!customElements.get(name)) customElements.define(name, element);
}
