// Whether the keys are on is kept with whoever is logged in: it is the same in every browser.
import { keepKeys } from "voicecms/keys";
import { ServerError, post } from "voicecms/server";

export function startKeyPreference() {
  const { ownKeys, ownKeysAt, ownKeysWords } = document.body.dataset;
  if (ownKeysAt) keepKeys({ on: ownKeys === "on", words: ownKeysWords, keep: (on) => keep(ownKeysAt, on) });
}

async function keep(address, on) {
  try {
    await post(address, new URLSearchParams({ keys: on ? "on" : "off" }));
    return "";
  } catch (refusal) {
    if (!(refusal instanceof ServerError)) throw refusal;
    return `This could not be saved. ${refusal.message}`;
  }
}
