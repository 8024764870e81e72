// Entry of the ranking board: brings its parts together, finds lines, listens to keys and buttons.
import { Board } from "voicecms/board/board";
import { Dialogs } from "voicecms/board/dialogs";
import { LineList } from "voicecms/board/lines";
import { Polling } from "voicecms/board/polling";
import { Saying, byPart } from "voicecms/board/saying";
import { Slots } from "voicecms/board/slots";
import { TakeList } from "voicecms/board/takes";
import { Refusal, get } from "voicecms/board/server";
import { register } from "voicecms/keys";
import { listening, setMatched, useOwnKeys } from "voicecms/listening";
import { matchButton, speedField } from "voicecms/listening-tools";

const board = new Board(JSON.parse(document.getElementById("board-endpoints").textContent), byPart("said"));
const lines = new LineList(board, byPart("lines"));
const acts = {
  rank: (handle, rank) => board.rank(handle, rank),
  trim: (take) => dialogs.trim(take),
};
const takes = new TakeList(board, byPart("takes"), acts);
new Slots(board, byPart("slots"), takes);
const saying = new Saying(board, lines);
const dialogs = new Dialogs(board, () => takes.settle());
const polling = new Polling(board, lines);

// What is pressed while a line is being opened waits for it: a rank never falls on the line before.
// A key that is held down does not run ahead of the server: whoever lets go of it stops there.
let turn = Promise.resolve();
let unfinished = 0;
function inTurn(act) {
  return (event) => {
    if (event?.repeat && unfinished) return;
    unfinished += 1;
    turn = turn.then(act).catch(tellRefusal).finally(() => (unfinished -= 1));
  };
}

function tellRefusal(refusal) {
  // A bug is reported, and the next key works all the same.
  if (refusal instanceof Refusal) board.tell(refusal.message, { meaning: "fail" });
  else reportError(refusal);
}

// --- Finding lines ----------------------------------------------------------------------------

async function load(place) {
  const row = await lines.load(place);
  saying.showList();
  if (!row) return;
  lines.index = row.index;
  lines.reveal(row.index);
  await board.open(row.id);
}

function narrow(filter, words, place = {}) {
  Object.assign(lines, { filter, words });
  if (search.value.trim() !== words) search.value = words;
  const asked = new URLSearchParams(Object.entries({ filter, q: words }).filter(([, value]) => value));
  history.replaceState(null, "", `${location.pathname}${asked.size ? `?${asked}` : ""}${location.hash}`);
  return load(place);
}

const named = () => Number(/^#line-(\d+)$/.exec(location.hash)?.[1] ?? 0);

// The line that the address names; `otherwise` when it is not in this list.
async function openNamed(otherwise) {
  try {
    await load({ around: named() });
  } catch (refusal) {
    if (refusal.status !== 404) throw refusal;
    await otherwise();
  }
}

async function followAddress() {
  if (!named() || named() === board.line?.id) return;
  const { hash } = location;
  await openNamed(() => narrow("", "", { around: Number(hash.slice("#line-".length)) }));
  takes.focus(0);
}

let typing;
const search = byPart("search");
search.value = lines.words;
const find = () => narrow(lines.filter, search.value.trim());
search.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(inTurn(find), 250);
});
search.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  clearTimeout(typing);
  inTurn(async () => {
    await find();
    if (lines.total) takes.focus(0);
  })();
});
for (const filter of document.querySelectorAll("[data-filter]")) {
  const { filter: name } = filter.dataset;
  filter.addEventListener("click", inTurn(() => narrow(name === lines.filter ? "" : name, lines.words)));
}
window.addEventListener("hashchange", inTurn(followAddress));

// --- Keys and buttons -------------------------------------------------------------------------

async function step(offset) {
  await lines.step(offset);
  takes.focus(0);
}

function rankCurrent(rank) {
  const { row } = takes;
  if (row && row.dataset.state !== "complete") board.inform("This take has no audio to rank.");
  else acts.rank(row?.dataset.handle, rank);
}

async function switchBlind() {
  await board.setBlind(!board.blind);
  takes.focus(0);
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
for (const rank of [1, 2, 3, 4, 5]) key(String(rank), `Give rank ${rank}`, () => rankCurrent(rank));
key("0", "No rank", () => rankCurrent(null));
key("Backspace", "No rank", () => rankCurrent(null));
key("Enter", "Next line", () => step(1));
key("u", "Undo", () => void board.undo());
key("l", "Loop", loop);
key("b", "Blind mode on or off", switchBlind);
register("m", "Same loudness for all", () => setMatched(!listening.matched));
register("/", "Search lines", () => search.focus());

// After the mouse, Space and Enter mean the take again, not the button that was clicked.
const andBack = (act) => (event) => {
  act();
  if (event.detail) takes.settle();
};
byPart("undo").addEventListener("click", andBack(() => board.undo()));
byPart("blind").addEventListener("click", inTurn(switchBlind));
byPart("loop").addEventListener("click", andBack(loop));
byPart("again").addEventListener("click", async () => {
  await board.acts.send();
  takes.settle();
});
byPart("previous").addEventListener("click", inTurn(() => step(-1)));
byPart("next").addEventListener("click", inTurn(() => step(1)));
byPart("blind").after(speedField(), matchButton());
byPart("show-lines").addEventListener("click", ({ currentTarget }) => {
  const isOpen = document.getElementById("board").toggleAttribute("data-lines");
  currentTarget.setAttribute("aria-expanded", String(isOpen));
});
byPart("lines").addEventListener("click", () => document.getElementById("board").removeAttribute("data-lines"));

// --- Beginning --------------------------------------------------------------------------------

async function begin() {
  try {
    // The version comes first: what happens while the lines are read is then seen by the first poll.
    board.seen ??= (await get(board.at.changes)).board.version;
    if (named()) await openNamed(() => load({ resume: 1 }));
    else await load({ resume: 1 });
    saying.showFailure(null);
    takes.focus(0);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    saying.showFailure(refusal);
  }
}

byPart("read-again").addEventListener("click", inTurn(begin));
inTurn(begin)();
await turn;
polling.start();
document.getElementById("board").dataset.ready = "yes";
