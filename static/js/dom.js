// Small DOM functions: clone a template, parse HTML, copy changed content.

// A clone of the only element of a <template> of the page.
export function clone(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

// The elements of the server's HTML.
export function fragmentOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

export function copyAttributes(from, to) {
  for (const { name, value } of from.attributes) if (to.getAttribute(name) !== value) to.setAttribute(name, value);
}

// Changes only different content, so that focus and pointer are not disturbed.
export function copyContent(from, to) {
  if (from.innerHTML !== to.innerHTML) to.replaceChildren(...from.childNodes);
}
