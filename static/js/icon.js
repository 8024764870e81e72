// Icons of the sprite, the same ones as pieces/icon.html.
const SVG = "http://www.w3.org/2000/svg";
const SPRITE = new URL("../icons/sprite.svg", import.meta.url).pathname;

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.classList.add("icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(SVG, "use"));
  setIcon(svg, name);
  return svg;
}

export function setIcon(svg, name) {
  const href = `${SPRITE}#${name}`;
  const use = svg.firstElementChild;
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
