// Entry of every page: brings in the pieces, which start themselves on the elements they find.
import "voicecms/confirm";
import "voicecms/copy";
import "voicecms/mend";
import "voicecms/own-keys";
import "voicecms/player";
import "voicecms/playlist";
import "voicecms/progress";
import "voicecms/range";
import "voicecms/table";
import "voicecms/time";
import { register, showKeys } from "voicecms/keys";

for (const opener of document.querySelectorAll("[data-keys]")) {
  opener.hidden = false;
  opener.addEventListener("click", showKeys);
}

// A page that cannot be shown twice: to load it again leads on, and does not do the act again.
const once = document.querySelector("[data-reload]");
if (once) window.history.replaceState(null, "", once.dataset.reload);

const search = document.getElementById("searchbar");
if (search) register("/", "Search this list", () => search.focus());

// A filter's menu closes like any other menu: by a click elsewhere or by Escape.
function closeFilters(except) {
  for (const filter of document.querySelectorAll("details.filter[open]")) {
    if (filter === except) continue;
    const held = filter.contains(document.activeElement);
    filter.open = false;
    if (held) filter.querySelector("summary").focus();
  }
}
document.addEventListener("click", (event) => closeFilters(event.target.closest("details.filter")));
document.addEventListener("keydown", (event) => event.key === "Escape" && closeFilters(null));
