// What is asked before it is done: lock, unlock, more takes of the line, a part of a take. A dialog
// closes when it is done; a refusal is shown in it, and what was typed stays.
import { Trim } from "voicecms/board/trim";
import { ServerError } from "voicecms/server";

export class Dialogs {
  constructor(board, settle) {
    this.board = board;
    // Where the focus goes when the button that opened the dialog is gone.
    this.settle = settle;
    for (const name of ["lock", "unlock", "more", "trim"]) this.wire(name);
    for (const opener of document.querySelectorAll("[data-dialog]")) {
      opener.addEventListener("click", () => this.open(opener.dataset.dialog));
    }
    this.trimmer = new Trim(this.dialog("trim"));
  }

  dialog(name) {
    return document.getElementById(`board-${name}`);
  }

  part(name, part) {
    return this.dialog(name).querySelector(`[data-part=${part}]`);
  }

  wire(name) {
    const dialog = this.dialog(name);
    dialog.querySelector("[data-act=cancel]").addEventListener("click", () => dialog.close());
    dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(name);
    });
  }

  open(name) {
    if (name === "lock") this.part("lock", "text").textContent = this.lockText();
    this.dialog(name).querySelector("form").reset();
    this.refuse(name, "");
    this.dialog(name).showModal();
  }

  async trim(take) {
    this.open("trim");
    await this.trimmer.begin(take);
  }

  async send(name) {
    const button = this.part(name, "submit");
    button.disabled = true;
    this.refuse(name, "");
    try {
      await this.board.ask(this.board.at[name], this[`${name}Body`]());
      this.dialog(name).close();
      this.settle();
    } catch (refusal) {
      if (!(refusal instanceof ServerError)) throw refusal;
      this.board.take(refusal.body);
      this.refuse(name, refusal.message);
    } finally {
      button.disabled = false;
    }
  }

  refuse(name, words) {
    this.part(name, "refusal").textContent = words;
  }

  // --- What each asks for ------------------------------------------------------------------

  lockText() {
    const { lines, won } = this.board.batch;
    const left = lines - won;
    const words = left ? `${left} of ${lines} lines have no winner. ` : `All ${lines} lines have a winner. `;
    return `${words}Nobody can change a rank after that.`;
  }

  lockBody() {
    return { reason: this.field("lock", "reason").value };
  }

  unlockBody() {
    return { reason: this.field("unlock", "reason").value };
  }

  moreBody() {
    return { line: this.board.line.id, takes: Number(this.field("more", "takes").value) };
  }

  trimBody() {
    return { line: this.board.line.id, ...this.trimmer.wanted() };
  }

  field(name, field) {
    return this.dialog(name).querySelector("form").elements[field];
  }
}
