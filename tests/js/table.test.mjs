import assert from "node:assert/strict";
import { test } from "node:test";
import { outcome } from "voicecms/clips/preview-status";
import { reverseDecision } from "voicecms/review/answers";
import { Selection, countWords } from "voicecms/selection";
import { StubStorage } from "./browser.mjs";

const box = (value, checked) => ({ value, checked });

test("what is chosen outlives the page it was chosen on", () => {
  const storage = new StubStorage();
  new Selection(storage, "lines").follow([box("1", true), box("2", false), box("3", true)]);
  const second = new Selection(storage, "lines");
  second.follow([box("4", true)]);
  assert.deepEqual(second.notAmong(["4", "5"]), ["1", "3"]);
  assert.equal(second.size, 3);
  second.forget(second.notAmong(["4", "5"]));
  assert.equal(new Selection(storage, "lines").size, 1);
  assert.ok(new Selection(storage, "lines").has("4"));
  assert.equal(new Selection(storage, "drafts").size, 0);
});

test("what is not chosen any more is forgotten", () => {
  const selection = new Selection(new StubStorage([["lines", '["1"]']]), "lines");
  selection.follow([box("1", false)]);
  assert.equal(selection.size, 0);
});

test("the selection says what it does not show", () => {
  assert.equal(countWords(3, 0, 0), "3 selected");
  assert.equal(countWords(12, 3, 0), "12 selected, 3 not shown");
  assert.equal(countWords(2, 0, 1), "2 selected, 1 without audio skipped");
});

test("previews are counted in words", () => {
  assert.deepEqual(outcome(1, 0), { text: "1 preview is ready.", meaning: "ok" });
  assert.deepEqual(outcome(3, 1), { text: "3 previews are ready. 1 could not be made.", meaning: "warn" });
});

test("a decision is taken back in the order in which it can be", () => {
  const before = [{ draft: 1, decision: "change", reason: "too fast" }];
  assert.deepEqual(reverseDecision({ drafts: [1, 2], before }), [
    ["undecide", [["draft", 2]]],
    ["decide", [["draft", 1], ["decision", "change"], ["reason", "too fast"]]],
  ]);
  assert.deepEqual(reverseDecision({ drafts: [1], before }), [
    ["decide", [["draft", 1], ["decision", "change"], ["reason", "too fast"]]],
  ]);
});
