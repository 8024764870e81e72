// Times in words, in the language of the page.
import { gettext } from "voicecms/words";

const SHORT = 9.95;

let format = null;

function tenths(seconds) {
  format ??= new Intl.NumberFormat(document.documentElement.lang || "en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return format.format(seconds);
}

function minutes(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// "0.4 / 3.9 s", "0:04 / 1:05": of what is short every tenth is told. Without a position only how
// long it is.
export function clock(duration, position = null) {
  const isShort = duration < SHORT;
  const told = isShort ? tenths : minutes;
  return `${position == null ? "" : `${told(position)} / `}${told(duration)}${isShort ? " s" : ""}`;
}

export function ofSeconds(position, duration) {
  const [here, whole] = [Math.round(position), Math.round(duration)];
  return gettext("%(here)s of %(whole)s seconds", { here, whole });
}
