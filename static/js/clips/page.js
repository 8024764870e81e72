// The clip table, and the page of one line.
import { LineEditor } from "voicecms/clips/editor";
import { followPreviews } from "voicecms/clips/preview-status";
import { ClipTable } from "voicecms/clips/table";
import { register } from "voicecms/keys";
import { useOwnKeys } from "voicecms/listening";
import { ServerError, get } from "voicecms/server";

// In the order in which the newest recording of a line is looked for.
const NEWEST = [".clip__preview voice-player", ".clip__draft voice-player", "voice-player"];

export function startClips() {
  const clips = document.getElementById("clips");
  if (!clips) startLinePage();
  else startTablePage(clips);
}

function askBeforeLeaving(isUnsaved) {
  window.addEventListener("beforeunload", (event) => isUnsaved() && event.preventDefault());
}

function startLinePage() {
  const editor = new LineEditor(document.querySelector("[data-editor]"), location.href, () => {});
  askBeforeLeaving(() => editor.unsaved != null);
  register("e", "Edit the text", () => editor.edit());
  register("g", "Regenerate", () => editor.press("[value=regenerate]"));
  register("s", "Save the newest preview", () => editor.press("[data-save]"));
}

function startTablePage(clips) {
  const element = clips.querySelector("table.clips");
  if (element) startTable(clips, element);
  showCounts(clips);
}

function startTable(clips, element) {
  const table = new ClipTable(element, clips.dataset.line);
  registerKeys(table);
  document.addEventListener("keydown", (event) => closeOnEscape(event, table));
  askBeforeLeaving(() => table.unsaved);
  const previews = followPreviews(table, clips.dataset.rows);
  clips.addEventListener("clips:changed", () => {
    previews.start();
    showCounts(clips);
  });
  openNamed(table);
  element.dataset.ready = "yes";
}

async function openNamed(table) {
  const pk = /^#line-(\d+)$/.exec(location.hash)?.[1];
  const row = pk && table.row(pk);
  if (!row) return;
  await table.open(row);
  table.row(pk).scrollIntoView({ block: "center" });
}

// --- Keys ---------------------------------------------------------------------------------------

function registerKeys(table) {
  const withEditor = (act) => async () => {
    const { current } = table;
    const editor = table.editor(current) ?? (await table.open(current));
    if (editor) act(editor);
  };
  useOwnKeys();
  register("ArrowDown", "Next line", () => table.go(1));
  register("ArrowUp", "Line before", () => table.go(-1));
  register(" ", "Play or pause the newest", () => newestPlayer(table)?.toggle());
  register("l", "Play or pause what is live", () => table.current?.querySelector(".clip__live voice-player")?.toggle());
  register("e", "Edit the text", withEditor((editor) => editor.edit()));
  register("g", "Regenerate", withEditor((editor) => editor.press("[value=regenerate]")));
  register("s", "Save the newest preview as a draft", withEditor((editor) => editor.press("[data-save]")));
  register("x", "Choose the line", () => table.current?.querySelector(".action-select")?.click());
}

function newestPlayer(table) {
  const preview = table.editor(table.current)?.element.querySelector("[data-preview] voice-player");
  return preview ?? NEWEST.map((place) => table.current?.querySelector(place)).find(Boolean);
}

function closeOnEscape(event, table) {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  const pk = event.target.closest?.("[data-editor]")?.dataset.editor;
  const isHere = event.target === document.body || table.element.contains(event.target);
  const row = pk ? table.row(pk) : isHere && table.current;
  if (row && table.editor(row)) table.close(row);
}

// --- Counts -------------------------------------------------------------------------------------

// Counting many lines takes a moment: nobody waits for it.
async function showCounts(clips) {
  try {
    const { counts, per_page: perPage } = await get(clips.dataset.counts);
    for (const place of clips.querySelectorAll("[data-count]")) {
      const number = counts[place.dataset.count];
      if (number !== undefined) place.querySelector(".number").textContent = number.toLocaleString("en");
    }
    const pages = clips.querySelector("[data-pages]");
    if (pages) pages.textContent = `of ${Math.max(1, Math.ceil(counts[pages.dataset.pages] / perPage)).toLocaleString("en")}`;
  } catch (refusal) {
    // The table works without its counts.
    if (!(refusal instanceof ServerError)) throw refusal;
  }
}
