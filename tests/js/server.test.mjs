import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ServerError, csrfToken, get, getPart, post, postPart } from "voicecms/server";
import { html, json, redirected, stubNetwork, stubPage } from "./browser.mjs";

const PART = { part: "line", expected: "[data-editor]" };
const offline = () => new TypeError("Failed to fetch");

const refused = async (promise) => {
  const failure = await promise.then(() => assert.fail("nothing was refused"), (error) => error);
  assert.ok(failure instanceof ServerError, failure);
  return failure;
};

beforeEach(() => stubPage());

test("an address gets what is asked for, without what is empty", async () => {
  const [request] = [stubNetwork(json({ total: 3 }))];
  assert.deepEqual(await get("/lines/", { q: "", filter: "won", around: null, offset: 0 }), { total: 3 });
  assert.equal(request[0].url, "/lines/?filter=won&offset=0");
  assert.equal(request[0].headers.Accept, "application/json");
  await get("/counts/?lang=de").catch(() => null);
  assert.equal(request[1].url, "/counts/?lang=de");
});

test("JSON is posted with the token of the cookie", async () => {
  const requests = stubNetwork(json({ said: "done" }));
  document.cookie = "a=b; csrftoken=fresh; c=d";
  await post("/rank/", { rank: 1 });
  assert.equal(requests[0].method, "POST");
  assert.equal(requests[0].body, '{"rank":1}');
  assert.equal(requests[0].headers["X-CSRFToken"], "fresh");
  assert.equal(requests[0].headers["Content-Type"], "application/json");
});

test("without a cookie the token is that of the page", () => {
  stubPage({ cookie: "" }).querySelector = () => ({ value: "of the form" });
  assert.equal(csrfToken(), "of the form");
});

test("a form is posted as a form, its old token replaced", async () => {
  const requests = stubNetwork(json({}));
  const form = new FormData();
  form.set("csrfmiddlewaretoken", "old");
  await post("/decide/", form);
  assert.equal(requests[0].body.get("csrfmiddlewaretoken"), "secret");
  assert.equal(requests[0].headers["Content-Type"], undefined, "the browser says where its parts end");
});

test("an answer without content is one", async () => {
  stubNetwork(new Response(null, { status: 204 }));
  assert.deepEqual(await post("/keys/", new URLSearchParams({ keys: "on" })), {});
});

test("whoever is offline may ask again", async () => {
  stubNetwork(offline());
  const failure = await refused(get("/lines/"));
  assert.deepEqual([failure.status, failure.mayAskAgain], [0, true]);
  assert.equal(failure.said, "The server cannot be reached.");
  assert.equal(failure.message, "The server cannot be reached. Nothing was lost: try again.");
});

test("an answer that takes too long, or breaks off, never came", async () => {
  stubNetwork(new DOMException("too long", "TimeoutError"));
  assert.equal((await refused(get("/lines/"))).status, 0);
  stubNetwork(new Response('{"total": ', { headers: { "Content-Type": "application/json" } }));
  assert.equal((await refused(get("/lines/"))).status, 0);
});

test("the login in place of an answer means that somebody is logged out", async () => {
  stubNetwork(redirected());
  const failure = await refused(get("/lines/"));
  assert.deepEqual([failure.status, failure.mayAskAgain], [401, true]);
  assert.match(failure.message, /^You are logged out\. Log in in another tab/);
});

for (const status of [403, 502, 503, 504]) {
  test(`${status} from something before the product may be asked again`, async () => {
    stubNetwork(html("<h1>No</h1>", status));
    assert.equal((await refused(post("/rank/", {}))).mayAskAgain, true);
  });
}

test("a refusal has the words and the facts of the server, and is final", async () => {
  stubNetwork(json({ error: "Somebody changed this line.", kept: true }, 409));
  const failure = await refused(post("/rank/", {}));
  assert.deepEqual([failure.status, failure.mayAskAgain], [409, false]);
  assert.equal(failure.message, "Somebody changed this line.");
  assert.equal(failure.body.kept, true);
  stubNetwork(json({ error: "The bucket is away." }, 503));
  assert.equal((await refused(post("/rank/", {}))).mayAskAgain, false);
});

test("a broken server is named by its status", async () => {
  stubNetwork(html("<h1>Server Error (500)</h1>", 500));
  const failure = await refused(get("/lines/"));
  assert.deepEqual([failure.message, failure.mayAskAgain], ["The server answered 500.", false]);
});

test("a page where JSON was expected is a refusal", async () => {
  stubNetwork(html("<h1>Who are you?</h1>"));
  assert.equal((await refused(post("/heard/", {}))).status, 200);
});

test("readers without an account are told to load the page again", async () => {
  stubPage({ isPublic: true });
  for (const answer of [html("closed", 404), html("who are you"), html("forged", 403), redirected()]) {
    stubNetwork(answer);
    assert.equal((await refused(post("/decide/", {}))).message, "This page is closed or out of date. Load it again.");
  }
});

test("words are those of the page's language", async () => {
  // The words are read once: the module is loaded anew for this page.
  const german = { textContent: JSON.stringify({ "The server cannot be reached.": "Der Server ist nicht erreichbar." }) };
  stubPage({ elements: { words: german } });
  const { gettext } = await import("../../static/js/words.js?german");
  assert.equal(gettext("The server cannot be reached."), "Der Server ist nicht erreichbar.");
  assert.equal(gettext("Play %(label)s", { label: "A" }), "Play A");
});

test("a part of a page is asked for by name, and must be there", async () => {
  const requests = stubNetwork(html("<div data-editor>"));
  const { ok } = await getPart("/clip/1/", PART);
  assert.ok(ok);
  assert.equal(requests[0].headers["X-Part"], "line");
  stubNetwork(html("<h1>Server Error</h1>", 500));
  assert.equal((await refused(getPart("/clip/1/", PART))).status, 500);
});

test("a form that is refused comes back as a part", async () => {
  stubNetwork(html("<div data-editor>say what is wrong", 422));
  assert.equal((await postPart("/clip/1/", new FormData(), PART)).ok, false);
});

test("a bug is no ServerError", async () => {
  globalThis.fetch = () => Promise.reject(new RangeError("a bug"));
  await assert.rejects(get("/lines/"), RangeError);
});
