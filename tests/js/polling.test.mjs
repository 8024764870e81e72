import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Polling } from "voicecms/polling";
import { ServerError } from "voicecms/server";
import { stubPage } from "./browser.mjs";

let page = null;
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function pass(milliseconds) {
  mock.timers.tick(milliseconds);
  await settled();
}

beforeEach((context) => {
  page = stubPage();
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  context.after?.(() => mock.timers.reset());
});

function polling(ask = async () => {}, options = {}) {
  const asked = mock.fn(ask);
  return { asked, count: () => asked.mock.callCount(), poll: new Polling(asked, { every: 1000, ...options }) };
}

const away = async () => {
  throw new ServerError(0);
};

function look(state) {
  page.visibilityState = state;
  page.dispatchEvent(new Event("visibilitychange"));
}

test("it asks at its interval, until it is stopped", async () => {
  const { poll, count } = polling();
  poll.start();
  await pass(999);
  assert.equal(count(), 0);
  await pass(1);
  await pass(1000);
  assert.equal(count(), 2);
  poll.stop();
  await pass(60_000);
  look("visible");
  await pass(0);
  assert.equal(count(), 2);
});

test("it backs off while nothing answers, to half a minute at most, and recovers", async () => {
  const missed = [];
  const { poll, asked } = polling(away, { onMiss: (failure) => missed.push(failure.status) });
  poll.start(0);
  await pass(0);
  const delays = [];
  for (let miss = 0; miss < 7; miss += 1) {
    delays.push(poll.delay);
    await pass(poll.delay);
  }
  assert.deepEqual(delays, [2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  assert.deepEqual(missed, Array(8).fill(0));
  asked.mock.mockImplementation(async () => {});
  await pass(30_000);
  assert.equal(poll.delay, 1000);
  poll.stop();
});

test("it is slower in a tab that nobody sees, and asks at once when somebody looks", async () => {
  const { poll, count } = polling();
  page.visibilityState = "hidden";
  poll.start();
  await pass(19_999);
  assert.equal(count(), 0);
  await pass(1);
  assert.equal(count(), 1);
  look("visible");
  await pass(0);
  assert.equal(count(), 2);
  assert.equal(poll.delay, 1000);
  poll.stop();
});

test("it asks at once when the network is back", async () => {
  const { poll, count } = polling(away);
  poll.start(0);
  await pass(0);
  window.dispatchEvent(new Event("online"));
  await pass(0);
  assert.equal(count(), 2);
  poll.stop();
});

test("it ends when nothing is waited for, and begins again when it is started", async () => {
  let left = 2;
  const { poll, count } = polling(async () => (left -= 1), { isWaiting: () => left > 0 });
  poll.start();
  await pass(1000);
  await pass(1000);
  await pass(60_000);
  assert.equal(count(), 2);
  look("visible");
  await pass(0);
  assert.equal(count(), 2);
  left = 1;
  poll.start();
  await pass(1000);
  assert.equal(count(), 3);
});

test("it never asks twice at once", async () => {
  let answer = null;
  const { poll, count } = polling(() => new Promise((resolve) => (answer = resolve)));
  poll.start(0);
  await pass(0);
  look("visible");
  await pass(0);
  assert.equal(count(), 1);
  answer();
  await settled();
  await pass(1000);
  assert.equal(count(), 2);
  poll.stop();
});

test("a bug is reported, and does not end it", async () => {
  const { poll, count } = polling(async () => {
    throw new RangeError("a bug");
  });
  poll.start();
  mock.timers.reset();
  await assert.rejects(poll.turn(), RangeError);
  assert.ok(poll.isRunning);
  assert.equal(count(), 1);
  poll.stop();
});
