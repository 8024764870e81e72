// Draws a recording from the peaks that the server measured; the browser decodes nothing.
import { get } from "voicecms/server";

const BAR = 2;
const GAP = 1;

// BBC audiowaveform JSON version 2: pairs of minimum and maximum, 8 bits each.
export async function fetchPeaks(url) {
  const { data, bits } = await get(url);
  const full = 2 ** ((bits ?? 8) - 1);
  return Float32Array.from(data, (value) => value / full);
}

function loudest(peaks, from, to) {
  let low = 0;
  let high = 0;
  for (let pair = from; pair < to; pair += 1) {
    low = Math.min(low, peaks[2 * pair]);
    high = Math.max(high, peaks[2 * pair + 1]);
  }
  return [low, high];
}

function fit(canvas) {
  const scale = window.devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * scale);
  const height = Math.round(canvas.clientHeight * scale);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  return scale;
}

// `played` and the ends of `loop` are parts of the whole, 0-1. The canvas' own CSS says the
// colours: `color` ahead, `accent-color` behind the playhead, `border-top-color` for the loop.
export function draw(canvas, peaks, played, loop = null) {
  const scale = fit(canvas);
  const { width, height } = canvas;
  const context = canvas.getContext("2d");
  const style = getComputedStyle(canvas);
  context.clearRect(0, 0, width, height);
  if (loop) {
    context.fillStyle = style.borderTopColor;
    context.fillRect(loop[0] * width, 0, (loop[1] - loop[0]) * width, height);
  }
  const step = (BAR + GAP) * scale;
  const pairs = peaks ? peaks.length / 2 : 0;
  for (let x = 0; x < width; x += step) {
    const from = Math.floor((x / width) * pairs);
    const to = Math.max(from + 1, Math.floor(((x + step) / width) * pairs));
    const [low, high] = pairs ? loudest(peaks, from, Math.min(to, pairs)) : [0, 0];
    const top = Math.min(height / 2 - scale / 2, (height / 2) * (1 - high));
    const bottom = Math.max(height / 2 + scale / 2, (height / 2) * (1 - low));
    context.fillStyle = x / width < played ? style.accentColor : style.color;
    context.fillRect(x, top, BAR * scale, bottom - top);
  }
}
