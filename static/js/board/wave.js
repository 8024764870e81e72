// Draws a player's waveform by wavesurfer.js from the peaks that the server measured. The player
// keeps the audio element, the slider and the keys; nothing is fetched or decoded to draw it.
import WaveSurfer from "wavesurfer.js";
import { fetchPeaks } from "voicecms/waveform";

const styleOf = (element, name) => getComputedStyle(element).getPropertyValue(name).trim();

// Chromium resolves light-dark() only in a property that is a colour.
function colour(element, name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  element.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

export const nonce = () => document.querySelector("script[nonce]")?.nonce;

export async function waveOf(url) {
  const peaks = await fetchPeaks(url);
  // Pairs of minimum and maximum: the larger of both is the height of a bar.
  return Float32Array.from({ length: peaks.length / 2 }, (_, pair) => Math.max(-peaks[2 * pair], peaks[2 * pair + 1]));
}

export async function draw(container, { url, duration, media, height = 48, plugins = [], interact = false }) {
  const peaks = await waveOf(url);
  return WaveSurfer.create({
    container,
    media,
    peaks: [peaks],
    duration,
    height,
    interact,
    plugins,
    cspNonce: nonce(),
    waveColor: colour(container, "--edge"),
    progressColor: colour(container, "--accent"),
    cursorWidth: 0,
    barWidth: 2,
    barGap: 1,
    hideScrollbar: true,
    normalize: styleOf(container, "--normalize") === "1",
  });
}
