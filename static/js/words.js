// The words that scripts say, in the language of the page. Pages that say nothing of it are in
// English, as the scripts are written.
const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");

// gettext("Play %(label)s", { label: "A" })
export function gettext(english, values = {}) {
  return (words[english] ?? english).replace(/%\((\w+)\)s/g, (_, name) => values[name]);
}
