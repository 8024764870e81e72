// Times, counts and costs in words.
import { gettext } from "voicecms/words";

const SHORT = 9.95;
const tenths = new Intl.NumberFormat(document.documentElement.lang || "en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

function minutes(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// "0.4 / 3.9 s", "0:04 / 1:05": of what is short every tenth is told. Without a position only how
// long it is.
export function clock(duration, position = null) {
  const isShort = duration < SHORT;
  const told = (seconds) => (isShort ? tenths.format(seconds) : minutes(seconds));
  return `${position == null ? "" : `${told(position)} / `}${told(duration)}${isShort ? " s" : ""}`;
}

export function ofSeconds(position, duration) {
  const [here, whole] = [Math.round(position), Math.round(duration)];
  return gettext("%(here)s of %(whole)s seconds", { here, whole });
}

// How long something takes, as one says it: "40 s", "3 min", "2 h 5 min".
export function span(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

const number = (value) => Number(value).toLocaleString("en");

export function counts(progress, noun) {
  const parts = [`${number(progress.complete)} of ${number(progress.total)} ${noun}`];
  if (progress.failed) parts.push(`${number(progress.failed)} failed`);
  if (progress.cancelled) parts.push(`${number(progress.cancelled)} cancelled`);
  if (isFinished(progress.status)) return parts.join(", ");
  if (progress.remaining_seconds != null) parts.push(`about ${span(progress.remaining_seconds)} left`);
  return parts.join(", ");
}

export function cost(progress, currency) {
  if (progress.cost == null) return "";
  let text = `${currency}${progress.cost} so far`;
  if (progress.cost_estimated != null) text += ` of about ${currency}${progress.cost_estimated}`;
  if (progress.cost_characters) text += `, ${number(progress.cost_characters)} characters`;
  return text;
}

export function isFinished(status) {
  return ["completed", "partial_success", "failed", "cancelled"].includes(status);
}

export function outcome(progress, noun) {
  const isOne = progress.complete === 1;
  const made = `${number(progress.complete)} ${isOne ? noun.replace(/s$/, "") : noun}`;
  const ready = `${made} ${isOne ? "is" : "are"} ready`;
  const words = {
    completed: isOne ? `${ready}.` : `All ${ready}.`,
    partial_success: `${ready}, ${number(progress.failed)} failed. See why below, then retry those.`,
    failed: "Nothing could be made. See why below, then retry.",
    cancelled: `Cancelled. ${made} ${isOne ? "was" : "were"} kept.`,
  };
  return words[progress.status] ?? "";
}
