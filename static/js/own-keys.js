// Whether the keys are on is kept with whoever is logged in: it is the same in every browser.
import { csrfToken } from "voicecms/csrf";
import { keepKeys } from "voicecms/keys";

const { ownKeys, ownKeysAt, ownKeysWords } = document.body.dataset;

async function isKept(on) {
  const body = new URLSearchParams({ keys: on ? "on" : "off" });
  try {
    return (await fetch(ownKeysAt, { method: "POST", headers: { "X-CSRFToken": csrfToken() }, body })).status === 204;
  } catch (failure) {
    if (!(failure instanceof TypeError)) throw failure;
    return false;
  }
}

const keep = async (on) => ((await isKept(on)) ? "" : "This could not be saved. Try again.");

if (ownKeysAt) keepKeys({ on: ownKeys === "on", words: ownKeysWords, keep });
