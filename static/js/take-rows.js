// Keeps the rows of a run's page up to date: their state chips at once, and a whole row when its
// take is finished. A row that is being listened to or worked in is left alone until it is not.
import { setChip } from "voicecms/chip";
import { ServerError, getPart } from "voicecms/server";

const AT_ONCE = 4;
const FINISHED = ["complete", "failed"];

export class TakeRows {
  constructor(template) {
    this.template = template;
    this.waiting = new Set();
    this.fetching = new Set();
    this.counts = new Map();
  }

  update(rows, batches) {
    for (const { id, state } of rows) this.updateTake(String(id), state);
    for (const batch of batches) this.updateBatch(batch);
    this.replaceSome();
  }

  updateTake(id, state) {
    const chip = rowOf(id)?.querySelector(".chip[data-state]");
    if (!chip || chip.dataset.state === state) return;
    setChip(chip, state);
    if (this.template && FINISHED.includes(state)) this.waiting.add(id);
  }

  // `counts` is what the server draws of pieces/progress_cell.html.
  updateBatch({ id, state, counts }) {
    const batch = document.querySelector(`[data-batch="${CSS.escape(String(id))}"]`);
    if (!batch) return;
    setChip(batch.querySelector(".chip[data-state]"), state);
    if (this.counts.get(id) === counts) return;
    this.counts.set(id, counts);
    batch.querySelector("[data-counts]").innerHTML = counts;
  }

  replaceSome() {
    for (const id of this.waiting) {
      if (this.fetching.size >= AT_ONCE) return;
      if (!this.fetching.has(id) && !isBusy(id)) this.replace(id);
    }
  }

  async replace(id) {
    this.fetching.add(id);
    try {
      const { fresh, ok } = await getPart(addressOf(this.template, id), { expected: "[data-take]" });
      if (!ok || isBusy(id)) return;
      rowOf(id)?.replaceWith(fresh);
      this.waiting.delete(id);
    } catch (refusal) {
      if (!(refusal instanceof ServerError)) throw refusal;
      // The next look at the run asks again.
      return;
    } finally {
      this.fetching.delete(id);
    }
    this.replaceSome();
  }
}

// The id goes where the template has <id>, or the path a lone 0.
export function addressOf(template, id) {
  return template.replace(/<id>|(?<=\/)0(?=\/)/, id);
}

function rowOf(id) {
  return document.querySelector(`[data-take="${CSS.escape(id)}"]`);
}

function isBusy(id) {
  const row = rowOf(id);
  if (!row) return false;
  const playing = [...row.querySelectorAll("voice-player")].some((player) => player.playing);
  return playing || row.contains(document.activeElement);
}
