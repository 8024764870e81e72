// The words that scripts say, in the language of the page. Pages that say nothing of it are in
// English, as the scripts are written.
let words = null;

// gettext("Play %(label)s", { label: "A" })
export function gettext(english, values = {}) {
  words ??= JSON.parse(document.getElementById("words")?.textContent ?? "{}");
  return (words[english] ?? english).replace(/%\((\w+)\)s/g, (_, name) => values[name]);
}
