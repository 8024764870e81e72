// What the clip table asks of the server: parts of itself, as they are now.

export class Refused extends Error {}

// The answer must hold `expected`; anything else is a page that tells of trouble.
export async function ask(url, { expected = "[data-bench]", ...options } = {}) {
  let response;
  try {
    response = await fetch(url, { ...options, headers: { "X-Part": "line" } });
  } catch (failure) {
    if (!(failure instanceof TypeError)) throw failure;
    throw new Refused("The connection is lost. Nothing was changed; try again.");
  }
  if (response.redirected) throw new Refused("You are logged out. Log in in another tab, then go on here.");
  if (response.status === 403) throw new Refused("You may not do this here any more. Nothing was changed.");
  const fresh = document.createElement("template");
  fresh.innerHTML = await response.text();
  if (!fresh.content.querySelector(expected)) throw new Refused(`The server answered ${response.status}. Nothing is lost; try again.`);
  return { fresh: fresh.content, ok: response.ok };
}
