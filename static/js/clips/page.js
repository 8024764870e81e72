// Entry of the clip table, and of the page of one line.
import { Bench } from "voicecms/clips/bench";
import { followMaking } from "voicecms/clips/making";
import { Rows } from "voicecms/clips/rows";
import { register } from "voicecms/keys";
import { useOwnKeys } from "voicecms/listening";

const clips = document.getElementById("clips");

function askBeforeLeaving(isUnsaved) {
  window.addEventListener("beforeunload", (event) => isUnsaved() && event.preventDefault());
}

function startPage() {
  const element = document.querySelector("[data-bench]");
  const bench = new Bench(element, location.href, () => {});
  askBeforeLeaving(() => bench.unsaved != null);
  register("e", "Edit the text", () => bench.edit());
  register("g", "Regenerate", () => bench.press("[value=regenerate]"));
  register("s", "Save the newest preview", () => bench.press("[data-save]"));
}

function startTable(table) {
  const rows = new Rows(table, clips.dataset.line);
  const withBench = (act) => async () => {
    const { current } = rows;
    const bench = rows.bench(current) ?? (await rows.open(current));
    if (bench) act(bench);
  };
  const player = () => {
    const bench = rows.bench(rows.current);
    const near = bench?.element.querySelector("[data-preview] voice-player");
    const places = [".clip__preview voice-player", ".clip__draft voice-player", "voice-player"];
    return near ?? places.map((place) => rows.current?.querySelector(place)).find(Boolean);
  };
  useOwnKeys();
  register("ArrowDown", "Next line", () => rows.go(1));
  register("ArrowUp", "Line before", () => rows.go(-1));
  register(" ", "Play or pause the newest", () => player()?.toggle());
  register("l", "Play or pause what is live", () => rows.current?.querySelector(".clip__live voice-player")?.toggle());
  register("e", "Edit the text", withBench((bench) => bench.edit()));
  register("g", "Regenerate", withBench((bench) => bench.press("[value=regenerate]")));
  register("s", "Save the newest preview as a draft", withBench((bench) => bench.press("[data-save]")));
  register("x", "Choose the line", () => rows.current?.querySelector(".action-select")?.click());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
    const pk = event.target.closest?.("[data-bench]")?.dataset.bench;
    const isHere = event.target === document.body || table.contains(event.target);
    const row = pk ? rows.row(pk) : isHere && rows.current;
    if (row && rows.bench(row)) rows.close(row);
  });
  askBeforeLeaving(() => rows.unsaved);
  const following = followMaking(rows, clips.dataset.rows);
  clips.addEventListener("clips:changed", () => {
    following.start();
    showCounts();
  });
  const named = /^#line-(\d+)$/.exec(location.hash)?.[1];
  if (named && rows.row(named)) rows.open(rows.row(named)).then(() => rows.row(named).scrollIntoView({ block: "center" }));
  table.dataset.ready = "yes";
}

// Counting many lines takes a moment: nobody waits for it.
async function showCounts() {
  const response = await fetch(clips.dataset.counts).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const { counts, per_page: perPage } = await response.json();
  for (const place of clips.querySelectorAll("[data-count]")) {
    const number = counts[place.dataset.count];
    if (number !== undefined) place.querySelector(".number").textContent = number.toLocaleString("en");
  }
  const pages = clips.querySelector("[data-pages]");
  if (pages) pages.textContent = `of ${Math.max(1, Math.ceil(counts[pages.dataset.pages] / perPage)).toLocaleString("en")}`;
}

if (!clips) startPage();
else {
  const table = clips.querySelector("table.clips");
  if (table) startTable(table);
  await showCounts();
}
