// Reports what was heard. The server adds it up and decides whether it is enough.
import { send } from "voicecms/review/answers";
import { ServerError } from "voicecms/server";

const EVERY = 3000;

function ranges({ played }) {
  return Array.from({ length: played.length }, (_, index) => [played.start(index), played.end(index)]);
}

// A player remembers all that it played, so that a report that was lost is told again by the next.
export async function report(audio) {
  const version = audio.closest("[data-draft]");
  if (!version) return undefined;
  const told = JSON.stringify(ranges(audio));
  if (told === "[]" || version.dataset.told === told) return version.reporting;
  version.dataset.told = told;
  version.reporting = tell(version, JSON.parse(told));
  return version.reporting;
}

async function tell(version, heard) {
  try {
    await send("heard", { draft: Number(version.dataset.draft), ranges: heard }, { keepalive: true });
  } catch (refusal) {
    if (!(refusal instanceof ServerError)) throw refusal;
    delete version.dataset.told;
  }
}

export function startReports() {
  const review = document.getElementById("review");
  let playing = null;
  review.addEventListener("play", ({ target }) => (playing = target), true);
  for (const happens of ["pause", "ended"]) review.addEventListener(happens, ({ target }) => report(target), true);
  setInterval(() => playing && !playing.paused && report(playing), EVERY);
  window.addEventListener("pagehide", () => playing && report(playing));
}
