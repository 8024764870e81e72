// What is asked before it is done: lock, unlock, more takes of the line, a part of a take.
import RegionsPlugin from "wavesurfer/regions";
import { clock } from "voicecms/phrases";
import { draw } from "voicecms/board/wave";
import { nameOf } from "voicecms/board/takes";

export class Dialogs {
  constructor(board) {
    this.board = board;
    this.wire("lock", () => this.lockText());
    this.wire("unlock");
    this.wire("more");
    this.wireTrim();
  }

  dialog(name) {
    return document.getElementById(`board-${name}`);
  }

  wire(name, prepare = () => {}) {
    const dialog = this.dialog(name);
    for (const opener of document.querySelectorAll(`[data-dialog="${name}"]`)) {
      opener.addEventListener("click", () => {
        prepare();
        dialog.returnValue = "";
        dialog.showModal();
      });
    }
    dialog.addEventListener("close", () => dialog.returnValue === "do" && this[name](new FormData(dialog.querySelector("form"))));
  }

  lockText() {
    const { lines, won } = this.board.batch;
    const left = lines - won;
    const words = left ? `${left} of ${lines} lines have no winner. ` : `All ${lines} lines have a winner. `;
    this.dialog("lock").querySelector("[data-part=text]").textContent = `${words}Nobody can change a rank after that.`;
  }

  lock(form) {
    return this.board.act(this.board.at.lock, () => ({ reason: form.get("reason") ?? "" }));
  }

  unlock(form) {
    return this.board.act(this.board.at.unlock, () => ({ reason: form.get("reason") ?? "" }));
  }

  more(form) {
    const line = this.board.line?.id;
    if (line) this.board.act(this.board.at.more, () => ({ line, takes: Number(form.get("takes")) }));
  }

  // --- Trimming ----------------------------------------------------------------------------

  wireTrim() {
    const dialog = this.dialog("trim");
    const form = dialog.querySelector("form");
    this.start = form.elements.start;
    this.end = form.elements.end;
    for (const field of [this.start, this.end]) field.addEventListener("input", () => this.region?.setOptions(this.part()));
    dialog.querySelector("[data-act=hear]").addEventListener("click", () => this.hear());
    dialog.addEventListener("close", () => this.endTrim(dialog.returnValue === "do"));
  }

  part() {
    return { start: Number(this.start.value), end: Number(this.end.value) };
  }

  async trim(take) {
    this.trimmed = take;
    const dialog = this.dialog("trim");
    dialog.querySelector("[data-part=title]").textContent = `Trim ${nameOf(take)}`;
    dialog.querySelector("[data-part=text]").textContent = `It is ${clock(take.duration)} long. A new take is made of the part; this one stays as it is.`;
    Object.assign(this.start, { value: 0, max: take.duration });
    Object.assign(this.end, { value: take.duration.toFixed(3), max: Math.ceil(take.duration * 1000) / 1000 });
    dialog.returnValue = "";
    dialog.showModal();
    this.audio = new Audio(take.audio);
    this.audio.preload = "none";
    await this.drawPart(dialog.querySelector(".trim__wave"), take);
  }

  async drawPart(place, take) {
    const regions = RegionsPlugin.create();
    this.wave = await draw(place, { url: take.peaks, duration: take.duration, media: this.audio, height: 80, plugins: [regions] });
    this.region = regions.addRegion({ start: 0, end: take.duration, drag: false, resize: true });
    this.region.on("update-end", () => {
      this.start.value = this.region.start.toFixed(3);
      this.end.value = Math.min(this.region.end, take.duration).toFixed(3);
    });
  }

  hear() {
    const { start, end } = this.part();
    this.audio.currentTime = start;
    this.audio.play();
    clearInterval(this.watch);
    this.watch = setInterval(() => this.audio.currentTime >= end && this.audio.pause(), 20);
  }

  endTrim(isWanted) {
    clearInterval(this.watch);
    this.audio?.pause();
    this.wave?.destroy();
    this.wave = this.region = null;
    const { start, end } = this.part();
    const { handle } = this.trimmed ?? {};
    const line = this.board.line?.id;
    if (isWanted && line) this.board.act(this.board.at.trim, () => ({ line, take: handle, start, end }));
  }
}
