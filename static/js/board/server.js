// Asking the server, as JSON. Whatever goes wrong is a Refusal with words for people. Without a
// body of ours a 403 means that the page's token is none any more: somebody has logged in since.
import { csrfToken } from "voicecms/csrf";

const LOST = "The connection is lost.";
const LOGGED_OUT = "You are logged out. Log in in another tab, then go on here.";
const GATES = [403, 502, 503, 504];

export class Refusal extends Error {
  constructor(status, body = null) {
    super(body?.error ?? (status === 403 ? LOGGED_OUT : `The server answered ${status}.`));
    this.status = status;
    this.body = body ?? {};
    // Something before the product answered, in words that are none of ours, or nobody did: what
    // was asked may be asked again as it is.
    this.isAway = [0, 401].includes(status) || (!body && GATES.includes(status));
  }
}

export async function get(url, query = {}) {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "" && value != null));
  return ask(`${url}?${asked}`, { headers: { Accept: "application/json" } });
}

export async function post(url, body) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
  return ask(url, { method: "POST", headers, body: JSON.stringify(body) });
}

async function ask(url, options) {
  const { response, body } = await fetchJson(url, options);
  if (response.redirected) throw new Refusal(401, { error: LOGGED_OUT });
  if (response.ok) return body ?? {};
  throw new Refusal(response.status, body);
}

async function fetchJson(url, options) {
  try {
    const response = await fetch(url, options);
    const isJson = response.headers.get("Content-Type")?.includes("json");
    return { response, body: isJson ? await response.json() : null };
  } catch (failure) {
    // Never begun, or cut off within the answer.
    if (!(failure instanceof TypeError || failure instanceof SyntaxError)) throw failure;
    throw new Refusal(0, { error: LOST });
  }
}
