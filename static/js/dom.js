// What the browser's own document has no word for.

// The one element of a <template> of the page, anew.
export function clone(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

// The elements that the server drew.
export function fragmentOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

export function copyAttributes(from, to) {
  for (const { name, value } of from.attributes) if (to.getAttribute(name) !== value) to.setAttribute(name, value);
}

// Nothing is touched where nothing is new: the focus and the pointer stay.
export function copyContent(from, to) {
  if (from.innerHTML !== to.innerHTML) to.replaceChildren(...from.childNodes);
}
