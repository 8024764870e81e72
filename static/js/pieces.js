// The pieces that any page may hold: each starts itself on the elements it finds.
import { startConfirm } from "voicecms/confirm";
import { startCopy } from "voicecms/copy";
import { labelHelpTooltips } from "voicecms/help-tooltips";
import { startKeyPreference } from "voicecms/key-preference";
import { register, startKeys } from "voicecms/keys";
import { startListening } from "voicecms/listening";
import { definePlayer } from "voicecms/player";
import { startPlaylists } from "voicecms/playlist";
import { defineProgress } from "voicecms/progress";
import { defineRange } from "voicecms/range";
import { startTable } from "voicecms/table";
import { defineTime } from "voicecms/time";

export function startPieces() {
  startKeyPreference();
  startKeys();
  startListening();
  startConfirm();
  startCopy();
  labelHelpTooltips();
  definePlayer();
  startPlaylists();
  defineProgress();
  defineRange();
  startTable();
  defineTime();
  startPage();
}

function startPage() {
  // A page that cannot be shown twice: to load it again leads on, and does not do the act again.
  const once = document.querySelector("[data-reload]");
  if (once) window.history.replaceState(null, "", once.dataset.reload);
  const search = document.getElementById("searchbar");
  if (search) register("/", "Search this list", () => search.focus());
  document.addEventListener("click", (event) => closeFilters(event.target.closest("details.filter")));
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeFilters(null));
}

// A filter's menu closes like any other menu: by a click elsewhere or by Escape.
function closeFilters(except) {
  for (const filter of document.querySelectorAll("details.filter[open]")) {
    if (filter === except) continue;
    const held = filter.contains(document.activeElement);
    filter.open = false;
    if (held) filter.querySelector("summary").focus();
  }
}
