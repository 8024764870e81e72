import assert from "node:assert/strict";
import { before, test } from "node:test";
import { listening, matchGain } from "voicecms/listening";
import { clock, ofSeconds } from "voicecms/phrases";
import { firstOf, nextOf } from "voicecms/playlist";
import { tenthToSay } from "voicecms/progress";
import { pushed, stretch } from "voicecms/range";
import { addressOf } from "voicecms/take-rows";
import { localTime } from "voicecms/time";
import { stubPage } from "./browser.mjs";

before(() => stubPage());

test("of what is short every tenth is told", () => {
  assert.equal(clock(3.94, 0.42), "0.4 / 3.9 s");
  assert.equal(clock(9.94), "9.9 s");
  assert.equal(clock(9.96), "0:10");
  assert.equal(clock(65, 4.4), "0:04 / 1:05");
  assert.equal(ofSeconds(2.6, 7.2), "3 of 7 seconds");
});

test("a moment of today has no date", () => {
  const now = new Date(2026, 10, 20, 18, 0);
  assert.match(localTime(new Date(2026, 10, 20, 14, 3), now), /^today, /);
  assert.match(localTime(new Date(2026, 10, 19, 14, 3), now), /2026/);
});

test("all players are as loud as the quietest, which is at most -18 LUFS", () => {
  assert.equal(matchGain(-18, [-18, -16]), 1);
  assert.ok(Math.abs(matchGain(-16, [-16, -22]) - 10 ** (-6 / 20)) < 1e-9);
  assert.equal(matchGain(-20, [-16]), 1, "nothing can be made louder");
  assert.ok(matchGain(-16, [-16, -60]) > 0.7, "what is nearly silent drags nobody down");
  assert.equal(matchGain(NaN, [-30]), 1);
  assert.equal(listening.current, null);
});

test("a playlist begins with what plays, and ends after the last", () => {
  const players = ["a", "b", "c"];
  assert.equal(firstOf(players, "b"), "b");
  assert.equal(firstOf(players, null), "a");
  assert.equal(firstOf(players, "of another list"), "a");
  assert.equal(firstOf([], null), undefined);
  assert.equal(nextOf(players, "b"), "c");
  assert.equal(nextOf(players, "c"), undefined);
});

test("the end of a range that is moved pushes the other one along", () => {
  assert.deepEqual(pushed("low", { low: 0.8, high: 0.5 }), { low: 0.8, high: 0.8 });
  assert.deepEqual(pushed("high", { low: 0.8, high: 0.5 }), { low: 0.5, high: 0.5 });
  assert.deepEqual(pushed("low", { low: 0.2, high: 0.5 }), { low: 0.2, high: 0.5 });
});

test("the track of a range is coloured between its ends", () => {
  const ends = { min: "0.5", max: "1.5" };
  assert.deepEqual(stretch({ low: "0.75", high: "1", ...ends }), { from: 25, to: 50 });
  assert.deepEqual(stretch({ low: "1", high: "", ...ends }), { from: 0, to: 50 });
  assert.deepEqual(stretch({ low: "", high: "", ...ends }), { from: 0, to: 0 });
});

test("progress is said every ten per cent: not at first, not twice, not at the end", () => {
  assert.equal(tenthToSay(51, null, false), null);
  assert.equal(tenthToSay(59, 5, false), null);
  assert.equal(tenthToSay(60, 5, false), 6);
  assert.equal(tenthToSay(100, 9, true), null);
});

test("the address of a row takes the id", () => {
  assert.equal(addressOf("/takes/0/row/", 12), "/takes/12/row/");
  assert.equal(addressOf("/takes/<id>/", 12), "/takes/12/");
});
