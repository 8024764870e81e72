// Entry of the ranking board.
import { Board } from "voicecms/board/board";
import { Dialogs } from "voicecms/board/dialogs";
import { LineList } from "voicecms/board/lines";
import { Polling } from "voicecms/board/polling";
import { Slots } from "voicecms/board/slots";
import { TakeList } from "voicecms/board/takes";
import { Refusal, get } from "voicecms/board/server";
import { register } from "voicecms/keys";
import { listening, setMatched, useOwnKeys } from "voicecms/listening";
import { matchButton, speedField } from "voicecms/listening-tools";
import { toast } from "voicecms/toast";

const byPart = (name) => document.querySelector(`[data-board="${name}"]`);
const board = new Board(JSON.parse(document.getElementById("board-endpoints").textContent), byPart("said"));
const lines = new LineList(board, byPart("lines"));
const acts = {
  rank: (handle, rank) => board.canRank && board.rank(handle, rank),
  trim: (take) => dialogs.trim(take),
};
const takes = new TakeList(board, byPart("takes"), acts);
new Slots(board, byPart("slots"), takes);
const dialogs = new Dialogs(board);
const polling = new Polling(board, lines);

// --- What the page says -----------------------------------------------------------------------

function showBatch() {
  const { batch } = board;
  if (!batch) return;
  byPart("won").textContent = `${batch.won} of ${batch.lines} lines have a winner`;
  byPart("bar").max = Math.max(1, batch.lines);
  byPart("bar").value = batch.won;
  for (const filter of document.querySelectorAll("[data-filter]")) {
    const number = filter.querySelector(".number");
    if (number) number.textContent = batch[filter.dataset.filter] ?? batch.lines;
    filter.setAttribute("aria-pressed", String(filter.dataset.filter === lines.filter));
  }
  byPart("blind").setAttribute("aria-pressed", String(board.blind));
  byPart("undo").disabled = !batch.undo || !board.canRank;
  byPart("undo").title = batch.undo?.said ?? "Nothing to undo";
  byPart("making").textContent = batch.unfinished ? `${batch.unfinished} takes are being made` : "";
  showLock(batch);
}

function showLock({ locked, may }) {
  document.getElementById("board").toggleAttribute("data-locked", Boolean(locked));
  byPart("lock").hidden = Boolean(locked) || !may.rank;
  byPart("more").hidden = Boolean(locked) || !may.generate;
  byPart("banner").hidden = !locked;
  if (!locked) return;
  const when = new Date(locked.at).toLocaleString();
  byPart("banner-text").textContent = `Locked${locked.by ? ` by ${locked.by}` : ""}, ${when}.${locked.reason ? ` “${locked.reason}”` : ""} Its ranks are final.`;
  byPart("unlock").hidden = !may.unlock;
}

function showLine({ detail }) {
  const { line } = board;
  if (!line) return;
  byPart("key").textContent = line.key;
  byPart("character").textContent = line.character;
  const text = byPart("text");
  Object.assign(text, { textContent: line.text, lang: line.lang, dir: line.dir });
  byPart("blind-note").hidden = !line.blind;
  byPart("empty").hidden = line.takes.length > 0;
  if (detail?.isOther) history.replaceState(null, "", `${location.pathname}${location.search}#line-${line.id}`);
}

board.addEventListener("batch", showBatch);
board.addEventListener("line", showLine);
board.addEventListener("failed", ({ detail: again }) => {
  byPart("again").hidden = false;
  byPart("again").onclick = () => {
    byPart("again").hidden = true;
    again();
  };
});

// --- Finding lines ----------------------------------------------------------------------------

async function load(place) {
  try {
    const row = await lines.load(place);
    byPart("none").hidden = lines.total > 0;
    if (!row) return;
    lines.index = row.index;
    lines.reveal(row.index);
    await board.open(row.id);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    if (place.around) return load({ resume: 1 });
    toast(refusal.message, { meaning: "fail" });
  }
}

function narrow(filter, words) {
  Object.assign(lines, { filter, words });
  const asked = new URLSearchParams(Object.entries({ filter, q: words }).filter(([, value]) => value));
  history.replaceState(null, "", `${location.pathname}${asked.size ? `?${asked}` : ""}`);
  return load({});
}

let typing;
const search = byPart("search");
search.value = lines.words;
search.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => narrow(lines.filter, search.value.trim()), 250);
});
for (const filter of document.querySelectorAll("[data-filter]")) {
  filter.addEventListener("click", () => narrow(filter.dataset.filter === lines.filter ? "" : filter.dataset.filter, lines.words));
}

// --- Keys and buttons -------------------------------------------------------------------------

// What is pressed while a line is being opened waits for it: a rank never falls on the line before.
let turn = Promise.resolve();
const inTurn = (act) => () => {
  turn = turn.then(act);
};

async function step(offset) {
  try {
    await lines.step(offset);
    takes.focus(0);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    board.tell(refusal.message, { meaning: "fail" });
  }
}

function rankCurrent(rank) {
  const { row } = takes;
  if (row?.dataset.state === "complete") acts.rank(row.dataset.handle, rank);
}

// An act before this one may still be under way: the server knows whether there is something to undo.
function undo() {
  if (board.canRank) board.undo();
}

function loop() {
  takes.loop(!takes.looping);
  byPart("loop").setAttribute("aria-pressed", String(takes.looping));
  board.say(takes.looping ? "Takes are looped." : "Takes are not looped.");
}

useOwnKeys();
const key = (name, label, act) => register(name, label, inTurn(act));
key(" ", "Play or pause", () => void takes.player()?.toggle());
key("ArrowUp", "Take before", () => takes.move(-1));
key("ArrowDown", "Next take", () => takes.move(1));
key("ArrowLeft", "Line before", () => step(-1));
key("ArrowRight", "Next line", () => step(1));
for (const rank of [1, 2, 3, 4, 5]) key(String(rank), `Rank the take ${rank}`, () => rankCurrent(rank));
key("0", "No rank", () => rankCurrent(null));
key("Backspace", "No rank", () => rankCurrent(null));
key("Enter", "Next line", () => step(1));
key("u", "Undo", undo);
key("l", "Loop", loop);
key("b", "Blind mode on or off", () => board.setBlind(!board.blind));
register("m", "Same loudness for all", () => setMatched(!listening.matched));
register("/", "Search lines", () => search.focus());

byPart("undo").addEventListener("click", undo);
byPart("blind").addEventListener("click", inTurn(() => board.setBlind(!board.blind)));
byPart("loop").addEventListener("click", loop);
byPart("previous").addEventListener("click", inTurn(() => step(-1)));
byPart("next").addEventListener("click", inTurn(() => step(1)));
byPart("tools").append(speedField(), matchButton());
byPart("show-lines").addEventListener("click", ({ currentTarget }) => {
  const isOpen = document.getElementById("board").toggleAttribute("data-lines");
  currentTarget.setAttribute("aria-expanded", String(isOpen));
});
byPart("lines").addEventListener("click", () => document.getElementById("board").removeAttribute("data-lines"));

// The version comes first: what happens while the lines are read is then seen by the first poll.
const named = /^#line-(\d+)$/.exec(location.hash)?.[1];
board.seen = (await get(board.at.changes)).board.version;
await load(named ? { around: Number(named) } : { resume: 1 });
takes.focus(0);
polling.start();
document.getElementById("board").dataset.ready = "yes";
