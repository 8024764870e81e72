// Replaces parts of the page by newer ones, so that nobody loses their place in them.

const plays = (element) => [...element.querySelectorAll("voice-player")].some((player) => player.playing);

function addressOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const around = element.closest("[id]");
  const named = element.name ? `[name="${element.name}"][value="${CSS.escape(element.value)}"]` : "";
  const classes = [...element.classList].map((name) => `.${CSS.escape(name)}`).join("");
  return `${around ? `#${CSS.escape(around.id)} ` : ""}${element.localName}${named || classes}`;
}

// Call the answer once the parts are replaced: it puts the focus back, or says that it cannot.
export function keepFocus(root) {
  const held = document.activeElement;
  if (!root.contains(held)) return () => true;
  const address = addressOf(held);
  const { selectionStart, selectionEnd } = held;
  return () => {
    if (held.isConnected) return true;
    const found = root.querySelector(address);
    found?.focus({ preventScroll: true });
    if (selectionStart != null) found?.setSelectionRange(selectionStart, selectionEnd);
    return Boolean(found);
  };
}

// The form as the server shows it, with what was chosen and typed here since it was sent.
export function replaceForm(here, there) {
  for (const field of here.querySelectorAll("input:not([type=hidden]), select, textarea:not([readonly])")) {
    const twin = there.elements.namedItem(field.name);
    if (twin) twin.value = field.value;
  }
  const [mine, fresh] = [here, there].map((form) => form.querySelector("details"));
  if (mine?.open && fresh) fresh.open = true;
  here.replaceWith(there);
}

// A list in which something plays goes on: what is new is put beside it, the newest first.
export function replaceList(here, there, { whole = false } = {}) {
  if (whole || !plays(here)) here.replaceWith(there);
  else merge(here, there);
}

function merge(here, there) {
  const items = new Map([...there.querySelectorAll("li")].map((item) => [item.id, item]));
  for (const old of here.querySelectorAll("li")) {
    const fresh = items.get(old.id);
    items.delete(old.id);
    if (plays(old)) !fresh && old.querySelector("form")?.remove();
    else if (fresh) old.replaceWith(fresh);
    else old.remove();
  }
  here.querySelector("ul").prepend(...items.values());
}

// All but the first cell: whether a line is chosen is the person's own. False while it plays.
export function replaceRow(here, there) {
  if (plays(here)) return false;
  const focusAgain = keepFocus(here);
  here.replaceChildren(here.firstElementChild, ...[...there.children].slice(1));
  here.toggleAttribute("data-making", there.hasAttribute("data-making"));
  here.dataset.previews = there.dataset.previews;
  focusAgain();
  return true;
}
