// The page of a reviewer: reports what was heard, sends answers, walks by keys.
import { answer, answers, undo } from "voicecms/review/answers";
import { report } from "voicecms/review/reports";
import { registerWalk, stepLine } from "voicecms/review/walk";

const review = document.getElementById("review");

registerWalk(undo);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!answers(form)) return;
  event.preventDefault();
  const audio = form.closest("[data-draft]")?.querySelector("audio");
  answer(form, event.submitter, () => audio && report(audio));
});

document.addEventListener("click", ({ target }) => {
  const walk = target.closest("[data-walk]");
  if (walk) stepLine(Number(walk.dataset.walk));
});

// A comment is pinned to the second at which one begins to type it.
review.addEventListener("input", ({ target }) => {
  if (target.name !== "text" || target.dataset.begun) return;
  target.dataset.begun = "yes";
  const audio = target.closest("[data-draft]").querySelector("audio");
  const { at } = target.form.elements;
  if (audio.currentTime > 0 && !at.value) at.value = audio.currentTime.toFixed(1);
});
