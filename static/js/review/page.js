// Reports what was heard, and sends answers without leaving the page. The server decides whether
// enough was heard; without this module the same forms do the same.
const review = document.getElementById("review");
const { home } = review.dataset;
const said = document.getElementById("said");
const EVERY = 3000;

// Who cannot report what they heard says so; this page reports.
for (const word of document.querySelectorAll("[data-without-script]")) word.remove();

function say(words) {
  said.hidden = !words;
  said.textContent = words;
}

const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

async function send(path, body, type) {
  const headers = { Accept: "application/json", "X-CSRFToken": token() };
  if (type) headers["Content-Type"] = type;
  const response = await fetch(`${home}${path}/`, { method: "POST", headers, body, keepalive: type !== undefined });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

// --- Listening --------------------------------------------------------------------------------

function ranges(audio) {
  const played = audio.played;
  return Array.from({ length: played.length }, (_, index) => [played.start(index), played.end(index)]);
}

async function report(audio) {
  const version = audio.closest("[data-draft]");
  const told = JSON.stringify(ranges(audio));
  if (!version || told === "[]" || version.dataset.told === told) return undefined;
  version.dataset.told = told;
  const body = JSON.stringify({ draft: Number(version.dataset.draft), ranges: JSON.parse(told) });
  const waiting = send("heard", body, "application/json");
  version.reporting = waiting.catch(() => {
    // It is told again with the next report: a player remembers all that it played.
    delete version.dataset.told;
  });
  return version.reporting;
}

let playing = null;
review.addEventListener("play", ({ target }) => (playing = target), true);
for (const happens of ["pause", "ended"]) review.addEventListener(happens, ({ target }) => report(target), true);
setInterval(() => playing && !playing.paused && report(playing), EVERY);
window.addEventListener("pagehide", () => playing && report(playing));

// --- Answering --------------------------------------------------------------------------------

async function answer(form, submitter) {
  const version = form.closest("[data-draft]");
  const audio = version.querySelector("audio");
  await report(audio);
  await version.reporting;
  const path = submitter.getAttribute("formaction")?.split("/").at(-2) ?? "decide";
  try {
    const done = await send(path, new FormData(form, submitter));
    show(version, done);
    say("");
  } catch (refusal) {
    say(refusal.message);
    said.scrollIntoView({ block: "nearest" });
  }
}

function show(version, { decision, decided }) {
  version.dataset.decision = decision;
  for (const one of version.querySelectorAll("[name=decision]")) {
    one.setAttribute("aria-pressed", String(one.value === decision));
  }
  document.querySelector("#progress strong").textContent = decided;
}

review.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches(".answers")) return;
  event.preventDefault();
  answer(form, event.submitter);
});

// A comment is pinned to the second at which one begins to type it.
review.addEventListener("focusin", ({ target }) => {
  if (target.name !== "text" || target.value) return;
  const audio = target.closest("[data-draft]").querySelector("audio");
  const at = target.form.elements.at;
  if (audio.currentTime > 0 && !at.value) at.value = audio.currentTime.toFixed(1);
});
