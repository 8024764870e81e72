// Keeps the rows of a run's page up to date: their state chips at once, and a whole row when its
// take is finished. A row that is being listened to or worked in is left alone until it is not.
import { setChip } from "voicecms/chip";

const AT_ONCE = 4;

export class Rows {
  constructor(template) {
    this.template = template;
    this.waiting = new Set();
    this.fetching = new Set();
  }

  update(rows, batches) {
    for (const { id, state } of rows) this.updateTake(String(id), state);
    for (const batch of batches) updateBatch(batch);
    this.swapSome();
  }

  updateTake(id, state) {
    const row = document.querySelector(`[data-take="${CSS.escape(id)}"]`);
    const chip = row?.querySelector(".chip[data-state]");
    if (!chip || chip.dataset.state === state) return;
    setChip(chip, state);
    if (this.template && (state === "complete" || state === "failed")) this.waiting.add(id);
  }

  swapSome() {
    for (const id of this.waiting) {
      if (this.fetching.size >= AT_ONCE) return;
      if (!this.fetching.has(id) && !isBusy(id)) this.swap(id);
    }
  }

  async swap(id) {
    this.fetching.add(id);
    try {
      const response = await fetch(this.template.replace(/<id>|(?<=\/)0(?=\/)/, id));
      if (!response.ok || response.redirected) return;
      const fresh = document.createElement("template");
      fresh.innerHTML = await response.text();
      if (isBusy(id)) return;
      document.querySelector(`[data-take="${CSS.escape(id)}"]`)?.replaceWith(fresh.content);
      this.waiting.delete(id);
    } catch (failure) {
      if (!(failure instanceof TypeError)) throw failure;
      // The network is away: the next poll tries again.
    } finally {
      this.fetching.delete(id);
    }
    this.swapSome();
  }
}

function isBusy(id) {
  const row = document.querySelector(`[data-take="${CSS.escape(id)}"]`);
  if (!row) return false;
  const playing = [...row.querySelectorAll("voice-player")].some((player) => player.playing);
  return playing || row.contains(document.activeElement);
}

// A batch's counts, as in admin/takes/progress_cell.html: a bar, "n of m", and how many failed.
function updateBatch({ id, state, complete, failed, total }) {
  const batch = document.querySelector(`[data-batch="${CSS.escape(String(id))}"]`);
  if (!batch) return;
  setChip(batch.querySelector(".chip[data-state]"), state);
  const bar = batch.querySelector("progress");
  if (bar) Object.assign(bar, { max: total, value: complete + failed });
  write(batch.querySelector("[data-counts] .number"), `${complete} of ${total}`);
  const failures = batch.querySelector("[data-counts] .tone-fail");
  if (failures) write(failures, `${failed} failed`);
  else if (failed) addFailures(batch.querySelector("[data-counts] .number"), failed);
}

function addFailures(after, failed) {
  const place = Object.assign(document.createElement("span"), { className: "tone-fail" });
  place.textContent = `${failed} failed`;
  after?.after(" ", place);
}

function write(place, text) {
  if (place && place.textContent !== text) place.textContent = text;
}
