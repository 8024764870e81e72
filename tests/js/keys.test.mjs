import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { actOf, forget, keepKeys, register, showKeys } from "voicecms/keys";
import { stubPage } from "./browser.mjs";

const act = mock.fn();
const outside = { closest: () => null };
const within = (kind) => ({ closest: (selector) => (selector.split(", ").includes(kind) ? {} : null) });
const press = (key, more = {}) => actOf({ key, target: outside, ...more });

beforeEach(() => {
  stubPage();
  keepKeys({ on: true, words: "", keep: () => "" });
  for (const key of ["g", " ", "Enter"]) register(key, `do ${key}`, act);
});

test("a key does what it is registered for, in capitals too", () => {
  assert.equal(press("g"), act);
  assert.equal(press("G"), act);
  assert.equal(press("x"), null);
  forget("g");
  assert.equal(press("g"), null);
});

test("keys are dead while one types or holds a modifier", () => {
  for (const kind of ["textarea", "select", "[contenteditable]"]) assert.equal(press("g", { target: within(kind) }), null);
  for (const held of ["ctrlKey", "altKey", "metaKey", "defaultPrevented"]) assert.equal(press("g", { [held]: true }), null);
});

test("Space and Enter press the button that has the focus", () => {
  assert.equal(press(" ", { target: within("button") }), null);
  assert.equal(press("Enter", { target: within("a") }), null);
  assert.equal(press("g", { target: within("button") }), act);
  assert.equal(press(" "), act);
});

test("keys that are switched off still show themselves", () => {
  keepKeys({ on: false, words: "", keep: () => "" });
  assert.equal(press("g"), null);
  assert.equal(press("?"), showKeys);
});
