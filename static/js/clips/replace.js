// Replaces parts of the page by newer HTML, and keeps focus, input and playback.

const plays = (element) => [...element.querySelectorAll("voice-player")].some((player) => player.playing);

function addressOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const around = element.closest("[id]");
  const named = element.name ? `[name="${element.name}"][value="${CSS.escape(element.value)}"]` : "";
  const classes = [...element.classList].map((name) => `.${CSS.escape(name)}`).join("");
  return `${around ? `#${CSS.escape(around.id)} ` : ""}${element.localName}${named || classes}`;
}

// Returns a function to call after the replacement: it restores the focus, or returns false.
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

// Replaces a form by the server's, but keeps input that was made after the form was sent.
export function replaceForm(here, there) {
  for (const field of here.querySelectorAll("input:not([type=hidden]), select, textarea:not([readonly])")) {
    const twin = there.elements.namedItem(field.name);
    if (twin) twin.value = field.value;
  }
  const [mine, fresh] = [here, there].map((form) => form.querySelector("details"));
  if (mine?.open && fresh) fresh.open = true;
  here.replaceWith(there);
}

// Keeps a list with a playing player and adds only the new items, the newest first.
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

// Replaces all cells but the first, which has the checkbox. False for a row with a playing player.
export function replaceRow(here, there) {
  if (plays(here)) return false;
  const focusAgain = keepFocus(here);
  here.replaceChildren(here.firstElementChild, ...[...there.children].slice(1));
  here.toggleAttribute("data-making", there.hasAttribute("data-making"));
  here.dataset.previews = there.dataset.previews;
  focusAgain();
  return true;
}
