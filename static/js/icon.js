// Icons, cloned from the one that the page holds of pieces/icon.html.
import { clone } from "voicecms/dom";

export function icon(name) {
  const svg = clone("icon");
  setIcon(svg, name);
  return svg;
}

export function setIcon(svg, name) {
  const use = svg.firstElementChild;
  const href = use.getAttribute("href").replace(/#.*$/, `#${name}`);
  if (use.getAttribute("href") !== href) use.setAttribute("href", href);
}

export function button(name, label, className = "button plain only-icon") {
  const element = document.createElement("button");
  element.type = "button";
  element.className = className;
  element.setAttribute("aria-label", label);
  element.title = label;
  element.append(icon(name));
  return element;
}
