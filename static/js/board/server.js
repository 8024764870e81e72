// Asking the server, as JSON. Whatever goes wrong is a Refusal with words for people.
export class Refusal extends Error {
  constructor(status, body = {}) {
    super(body.error ?? `The server answered ${status}. Nothing is lost; try again.`);
    this.status = status;
    this.body = body;
  }
}

export async function get(url, query = {}) {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "" && value != null));
  return ask(`${url}?${asked}`, { headers: { Accept: "application/json" } });
}

export async function post(url, body) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  return ask(url, { method: "POST", headers, body: JSON.stringify(body) });
}

async function ask(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (failure) {
    if (!(failure instanceof TypeError)) throw failure;
    throw new Refusal(0, { error: "The connection is lost. Nothing was changed; try again." });
  }
  if (response.redirected) throw new Refusal(401, { error: "You are logged out. Log in in another tab, then go on here." });
  const isJson = response.headers.get("Content-Type")?.includes("json");
  const body = isJson ? await response.json() : {};
  if (!response.ok) throw new Refusal(response.status, body);
  return body;
}
