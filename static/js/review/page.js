// The page of a reviewer: reports what was heard, sends answers, goes from line to line by keys.
import { answer, isAnswer, startAnswers, undo } from "voicecms/review/answers";
import { startNavigation } from "voicecms/review/navigation";
import { report, startReports } from "voicecms/review/playback-reports";

export function startReview() {
  startAnswers();
  startReports();
  startNavigation(undo);
  document.addEventListener("submit", onSubmit);
  pinComments(document.getElementById("review"));
}

function onSubmit(event) {
  const form = event.target;
  if (!isAnswer(form)) return;
  event.preventDefault();
  const audio = form.closest("[data-draft]")?.querySelector("audio");
  answer(form, event.submitter, () => audio && report(audio));
}

// A comment is pinned to the second that was heard last when one begins to type it.
function pinComments(review) {
  const positions = new WeakMap();
  review.addEventListener("timeupdate", ({ target }) => target.currentTime && positions.set(target, target.currentTime), true);
  review.addEventListener("input", ({ target }) => {
    if (target.name !== "text" || target.dataset.begun) return;
    target.dataset.begun = "yes";
    const { at } = target.form.elements;
    const second = positions.get(target.closest("[data-draft]").querySelector("audio"));
    if (second && !at.value) at.value = second.toFixed(1);
  });
}
