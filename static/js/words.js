// Translates the texts of scripts into the language of the page. Pages without a catalog are in
// English, the language of the texts.
let words = null;

// gettext("Play %(label)s", { label: "A" })
export function gettext(english, values = {}) {
  words ??= JSON.parse(document.getElementById("words")?.textContent ?? "{}");
  return (words[english] ?? english).replace(/%\((\w+)\)s/g, (_, name) => values[name]);
}
