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

// A comment is pinned to the second that was heard last when one begins to type it.
const positions = new WeakMap();
review.addEventListener("timeupdate", ({ target }) => target.currentTime && positions.set(target, target.currentTime), true);
review.addEventListener("input", ({ target }) => {
  if (target.name !== "text" || target.dataset.begun) return;
  target.dataset.begun = "yes";
  const { at } = target.form.elements;
  const second = positions.get(target.closest("[data-draft]").querySelector("audio"));
  if (second && !at.value) at.value = second.toFixed(1);
});
