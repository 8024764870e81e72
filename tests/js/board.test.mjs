import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Acts } from "voicecms/board/acts";
import { Board } from "voicecms/board/board";
import { lineIn } from "voicecms/board/finder";
import { summary } from "voicecms/board/lines";
import { heldBy } from "voicecms/board/slots";
import { Turns } from "voicecms/board/turns";
import { html, json, StubStorage, stubNetwork, stubPage } from "./browser.mjs";

const act = (rank) => ({ url: "/rank/", line: 7, body: () => ({ rank }) });
const ranks = (requests) => requests.map(({ body }) => JSON.parse(body).rank);
const offline = () => new TypeError("Failed to fetch");

function heard(acts) {
  const events = [];
  for (const name of ["done", "refused", "away", "sent"]) acts.addEventListener(name, () => events.push(name));
  return events;
}

beforeEach(() => {
  stubPage();
  globalThis.localStorage = new StubStorage();
});

// --- Acts ---------------------------------------------------------------------------------------

test("acts wait in their order while the server is away, and are all sent later", async () => {
  const acts = new Acts();
  const events = heard(acts);
  let requests = stubNetwork(offline());
  await acts.add(act(2));
  await acts.add(act(1));
  assert.deepEqual(acts.waiting.length, 2);
  assert.deepEqual(ranks(requests), [2, 2], "none overtakes another");
  requests = stubNetwork(json({ act: 1 }), json({ act: 2 }));
  await acts.send();
  assert.deepEqual(ranks(requests), [2, 1]);
  assert.deepEqual(events, ["away", "away", "done", "done", "sent"]);
});

test("an act that is refused is not sent again, and the next one is", async () => {
  const acts = new Acts();
  const events = heard(acts);
  stubNetwork(json({ error: "Somebody was quicker." }, 409), json({ act: 5 }));
  await Promise.all([acts.add(act(1)), acts.add(act(2))]);
  assert.deepEqual(events, ["refused", "done", "sent"]);
  assert.equal(acts.waiting.length, 0);
});

test("a gateway's answer keeps the act, the product's own does not", async () => {
  for (const [answer, left] of [[html("Bad gateway", 502), 1], [html("Forbidden", 403), 1], [html("Error", 500), 0]]) {
    const acts = new Acts();
    stubNetwork(answer);
    await acts.add(act(1));
    assert.equal(acts.waiting.length, left, answer.status);
  }
});

test("an act with nothing left to do asks nothing", async () => {
  const acts = new Acts();
  const events = heard(acts);
  const requests = stubNetwork(json({}));
  await acts.add({ url: "/undo/", body: () => null });
  assert.deepEqual([requests.length, events], [0, ["refused", "sent"]]);
});

// --- Slots --------------------------------------------------------------------------------------

test("a slot shows the take that the server says has its rank, after a cascade too", () => {
  const before = [{ handle: "a", rank: 1 }, { handle: "b", rank: 2 }, { handle: "c", rank: null }];
  const after = [{ handle: "a", rank: 2 }, { handle: "b", rank: 3 }, { handle: "c", rank: 1 }];
  const shown = (takes) => [1, 2, 3, 4, 5].map((rank) => heldBy(takes, rank)?.handle ?? "-").join("");
  assert.equal(shown(before), "ab---");
  assert.equal(shown(after), "cab--");
  assert.equal(heldBy(undefined, 1), null);
});

// --- The board ----------------------------------------------------------------------------------

const line = (more = {}) => ({ id: 7, version: 3, state: "unranked", takes: [], ...more });

function board() {
  const one = new Board({ rank: "/rank/", undo: "/undo/", line: "/line/0/" }, { textContent: "" });
  one.tell = () => {};
  one.showBatch({ lines: 3, won: 0, partly: 0, unranked: 3, none: 0, may: { rank: true }, locked: null, undo: null });
  one.showLine(line());
  return one;
}

test("a rank changes the counts by the state of its line", async () => {
  const one = board();
  stubNetwork(json({ act: 9, said: "take 1 is 1st.", line: line({ state: "won" }), board: { undo: { act: 9 } } }));
  await one.rank("a", 1);
  assert.deepEqual([one.batch.won, one.batch.unranked, one.said.textContent], [1, 2, "take 1 is 1st."]);
});

test("acts that wait were given in the knowledge of one's own", async () => {
  const one = board();
  const requests = stubNetwork(json({ act: 9, said: "", line: line() }), json({ act: 10, said: "", line: line() }));
  await Promise.all([one.rank("a", 1), one.rank("b", 1)]);
  assert.deepEqual(requests.map(({ body }) => JSON.parse(body).version), [3, 9]);
});

test("while somebody drags, what is drawn anew waits", () => {
  const one = board();
  const drawn = [];
  one.addEventListener("line", () => drawn.push("line"));
  one.hold();
  one.showLine(line({ version: 4 }));
  assert.deepEqual(drawn, []);
  one.release();
  assert.deepEqual(drawn, ["line"]);
});

test("a locked board says why nothing is ranked", async () => {
  const one = board();
  one.showBatch({ ...one.batch, locked: { by: "ada" } });
  const requests = stubNetwork(json({}));
  await one.rank("a", 1);
  assert.equal(one.said.textContent, "The batch is locked: its ranks are final.");
  assert.equal(requests.length, 0);
});

test("the row of a line says what its document says", () => {
  const takes = [{ status: "complete", rank: 1 }, { status: "complete", rank: null }, { status: "failed" }];
  assert.deepEqual(summary({ state: "won", takes, blind: false }), { state: "won", takes: 3, failed: 1, ranked: 1 });
  assert.deepEqual(summary({ state: "won", takes, blind: true }), { state: "won", takes: 3, failed: 1 });
});

test("an address names a line", () => {
  assert.equal(lineIn("#line-12"), 12);
  assert.equal(lineIn("#line-x"), 0);
  assert.equal(lineIn(""), 0);
});

// --- Turns --------------------------------------------------------------------------------------

test("what is pressed while something is under way waits for it", async () => {
  const turns = new Turns(assert.fail);
  const done = [];
  turns.queue(() => new Promise((resolve) => setTimeout(() => resolve(done.push("open")), 5)))();
  turns.queue(() => done.push("rank"))();
  await turns.last;
  assert.deepEqual(done, ["open", "rank"]);
});

test("a key that is held down does not run ahead", async () => {
  const turns = new Turns(assert.fail);
  let steps = 0;
  const step = turns.queue(async () => (steps += 1));
  for (const repeat of [false, true, true]) step({ repeat });
  await turns.last;
  assert.equal(steps, 1);
  step({ repeat: true });
  await turns.last;
  assert.equal(steps, 2);
});

test("after what failed the next act works", async () => {
  const failures = [];
  const turns = new Turns((failure) => failures.push(failure.message));
  turns.queue(() => Promise.reject(new Error("no")))();
  turns.queue(() => failures.push("next"))();
  await turns.last;
  assert.deepEqual(failures, ["no", "next"]);
});
