// The five ranks of the open line. Takes are dragged here by their letters, from rank to rank, and
// to "no rank"; whatever is dropped, the server's answer is what is shown.
import Sortable from "sortablejs";
import { button } from "voicecms/icon";
import { nameOf } from "voicecms/board/takes";

const GROUP = "ranks";
const MANNER = { animation: 0, sort: false, forceFallback: true, fallbackTolerance: 4, delay: 120, delayOnTouchOnly: true };

// Sortable knows no way back: what is let go after Escape falls nowhere.
function letGo() {
  document.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
}

// The take that has a rank, if one has.
export const heldBy = (takes, rank) => takes?.find((take) => take.rank === rank) ?? null;

export class Slots {
  constructor(board, element, takes) {
    this.board = board;
    this.element = element;
    this.takes = takes;
    // The handles of the takes that are shown, each with what makes it one.
    this.offered = new Map();
    for (const slot of element.querySelectorAll("[data-slot]")) this.receive(slot);
    board.addEventListener("line", () => this.show());
    board.addEventListener("batch", () => this.show());
    element.addEventListener("click", (event) => this.onClick(event));
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.cancel());
  }

  get options() {
    // From the moment somebody takes hold, until all that follows from letting go is done.
    return { ...MANNER, onChoose: () => this.take(), onUnchoose: () => setTimeout(() => this.release()) };
  }

  take() {
    this.isCancelled = false;
    this.board.hold();
  }

  release() {
    this.board.release();
    this.show();
  }

  cancel() {
    if (!this.board.held) return;
    this.isCancelled = true;
    letGo();
  }

  receive(slot) {
    const place = slot.querySelector(".slot__place");
    const rank = Number(slot.dataset.slot) || null;
    new Sortable(place, {
      ...this.options,
      group: { name: GROUP, pull: "clone", put: () => this.board.canRank },
      onAdd: ({ item }) => {
        const { handle } = item.dataset;
        item.remove();
        if (!this.isCancelled) this.takes.acts.rank(handle, rank);
      },
    });
  }

  show() {
    const { line } = this.board;
    for (const slot of this.element.querySelectorAll("[data-slot]")) {
      const rank = Number(slot.dataset.slot);
      if (rank) this.fill(slot, heldBy(line?.takes, rank));
      else slot.querySelector(".slot__place").replaceChildren();
    }
    for (const grips of document.querySelectorAll(".take__grips")) this.offer(grips);
    this.forgetGone();
  }

  // Sortable keeps what it was made for until it is told otherwise, with the whole row of a take.
  forgetGone() {
    for (const [grips, sortable] of this.offered) {
      if (grips.isConnected) continue;
      sortable.destroy();
      this.offered.delete(grips);
    }
  }

  fill(slot, take) {
    slot.toggleAttribute("data-held", Boolean(take));
    slot.querySelector(".slot__place").replaceChildren(...this.takes.grips(take));
    const acts = slot.querySelector(".slot__acts");
    if (!take) {
      acts.replaceChildren(Object.assign(document.createElement("span"), { className: "quiet", textContent: "free" }));
      return;
    }
    const play = button("play", `Play ${nameOf(take)}, rank ${slot.dataset.slot}`);
    play.dataset.play = take.handle;
    const remove = button("close", `Take ${nameOf(take)} off rank ${slot.dataset.slot}`);
    remove.dataset.remove = take.handle;
    remove.disabled = !this.board.canRank;
    acts.replaceChildren(play, remove);
  }

  offer(grips) {
    if (this.offered.has(grips)) return;
    this.offered.set(grips, new Sortable(grips, { ...this.options, group: { name: GROUP, pull: "clone", put: false } }));
  }

  onClick(event) {
    const pressed = event.target.closest("button");
    if (pressed?.dataset.remove) this.takes.acts.rank(pressed.dataset.remove, null);
    if (pressed && event.detail) this.takes.settle();
    if (!pressed?.dataset.play) return;
    const row = this.takes.rows.find((one) => one.dataset.handle === pressed.dataset.play);
    this.takes.player(row)?.toggle();
  }
}
