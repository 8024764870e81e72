// The one module that talks to the server: JSON, parts of pages, forms. Whatever goes wrong is a
// ServerError with words for people.
import { fragmentOf } from "voicecms/dom";
import { gettext } from "voicecms/words";

const PATIENCE = 30_000;
const LOGGED_OUT = "You are logged out. Log in in another tab, then go on here.";
const FORBIDDEN = "You are logged out, or may not do this any more. Log in in another tab, then go on here.";
// With these a proxy or Django answers in place of the product, which knows nothing of the request.
const GATES = [403, 502, 503, 504];
const COOKIE = "csrftoken=";
const FIELD = "csrfmiddlewaretoken";

export class ServerError extends Error {
  // `status` is 0 when no answer came. `body` is the JSON that came with a refusal.
  constructor(status, body = null) {
    const mayAskAgain = [0, 401].includes(status) || (!body && GATES.includes(status));
    const said = body?.error ?? wordsFor(status);
    super(mayAskAgain && ![401, 403].includes(status) ? `${said} ${gettext("Nothing was lost: try again.")}` : said);
    this.status = status;
    this.body = body ?? {};
    // What happened, without the advice.
    this.said = said;
    // The same request, unchanged, may succeed later.
    this.mayAskAgain = mayAskAgain;
  }
}

function wordsFor(status) {
  if (!status) return gettext("The server cannot be reached.");
  if (status >= 500) return gettext("The server answered %(status)s.", { status });
  // A reader without an account cannot log in again.
  if (document.documentElement.classList.contains("public")) return gettext("This page is closed or out of date. Load it again.");
  return { 401: LOGGED_OUT, 403: FORBIDDEN }[status] ?? `The server answered ${status}.`;
}

// Logging in changes the token, in another tab too: it is read for each request.
export function csrfToken() {
  const cookie = document.cookie.split("; ").find((one) => one.startsWith(COOKIE));
  return cookie?.slice(COOKIE.length) ?? document.querySelector(`[name=${FIELD}]`)?.value ?? "";
}

// --- JSON -------------------------------------------------------------------------------------

export function get(url, query = {}) {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "" && value != null));
  return readJson(asked.size ? `${url}?${asked}` : url, reading());
}

// A body that is a form is sent as a form, any other as JSON. `keepalive` outlives the page.
export function post(url, body, { keepalive = false } = {}) {
  return readJson(url, { ...writing(body), keepalive });
}

async function readJson(url, options) {
  const { response, text } = await request(url, options);
  const isJson = response.headers.get("Content-Type")?.includes("json");
  const body = isJson ? parse(text) : null;
  if (response.ok && (isJson || response.status === 204)) return body ?? {};
  throw new ServerError(response.status, body);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch (failure) {
    if (!(failure instanceof SyntaxError)) throw failure;
    // The connection broke within the answer.
    throw new ServerError(0);
  }
}

// --- Parts of pages -----------------------------------------------------------------------------

// The answer must hold `expected`, a selector; anything else is a page that tells of trouble.
// `part` tells the server which part of the page is wanted.
export function getPart(url, { part, expected }) {
  return readPart(url, withPart(reading("text/html"), part), expected);
}

export function postPart(url, body, { part, expected }) {
  return readPart(url, withPart(writing(body, "text/html"), part), expected);
}

function withPart({ headers, ...options }, part) {
  return { ...options, headers: part ? { ...headers, "X-Part": part } : headers };
}

async function readPart(url, options, expected) {
  const { response, text } = await request(url, options);
  const fresh = fragmentOf(text);
  if (!fresh.querySelector(expected)) throw new ServerError(response.status);
  return { fresh, ok: response.ok };
}

// --- Requests -----------------------------------------------------------------------------------

function reading(accept = "application/json") {
  return { headers: { Accept: accept }, signal: AbortSignal.timeout(PATIENCE) };
}

function writing(body, accept = "application/json") {
  const headers = { Accept: accept, "X-CSRFToken": csrfToken() };
  const isForm = body instanceof FormData || body instanceof URLSearchParams;
  // Django believes the form's own token before the header's, and that one may be old.
  if (isForm && body.has(FIELD)) body.set(FIELD, headers["X-CSRFToken"]);
  if (!isForm) headers["Content-Type"] = "application/json";
  return { method: "POST", headers, body: isForm ? body : JSON.stringify(body) };
}

async function request(url, options) {
  try {
    const response = await fetch(url, options);
    // Only the login redirects what a script asks for.
    if (response.redirected) throw new ServerError(401);
    return { response, text: await response.text() };
  } catch (failure) {
    const isLost = failure instanceof TypeError || failure.name === "TimeoutError";
    if (!isLost) throw failure;
    throw new ServerError(0);
  }
}
