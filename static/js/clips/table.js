// The clip table: one row is current, some have their editor open below them.
import { EDITOR, LineEditor } from "voicecms/clips/editor";
import { replaceRow } from "voicecms/clips/replace";
import { ServerError, getPart } from "voicecms/server";
import { toast } from "voicecms/toast";

export class ClipTable {
  constructor(element, template) {
    this.element = element;
    this.template = template;
    this.editors = new Map();
    element.addEventListener("click", (event) => this.onClick(event));
    element.addEventListener("focusin", ({ target }) => this.choose(target.closest("tr.clip")));
  }

  get rows() {
    return [...this.element.querySelectorAll("tr.clip")];
  }

  get current() {
    return this.element.querySelector("tr.clip.current") ?? this.rows[0];
  }

  address(pk) {
    return this.template.replace(/\/0\/(?=\?|$)/, `/${pk}/`);
  }

  choose(row) {
    if (!row) return;
    this.element.querySelector("tr.clip.current")?.classList.remove("current");
    row.classList.add("current");
  }

  // The focus goes along, so that a screen reader says where one is.
  go(offset) {
    const { rows } = this;
    const at = this.element.querySelector("tr.clip.current") ? rows.indexOf(this.current) + offset : 0;
    const row = rows[Math.max(0, Math.min(at, rows.length - 1))];
    row?.querySelector("[data-open]").focus();
    row?.scrollIntoView({ block: "nearest" });
  }

  onClick(event) {
    const opener = event.target.closest("[data-open]");
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.toggle(opener.closest("tr.clip"));
  }

  editor(row) {
    return this.editors.get(row?.dataset.line);
  }

  async toggle(row) {
    if (this.editor(row)) return this.close(row);
    const editor = await this.open(row);
    editor?.edit();
    return editor;
  }

  async open(row) {
    const pk = row.dataset.line;
    if (this.editors.has(pk)) return this.editors.get(pk);
    try {
      const { fresh } = await getPart(this.address(pk), EDITOR);
      const below = fresh.querySelector("tr.editor-row");
      this.row(pk).after(below);
      return this.start(pk, below);
    } catch (refusal) {
      if (!(refusal instanceof ServerError)) throw refusal;
      toast(refusal.message, { meaning: "warn" });
      return null;
    }
  }

  start(pk, below) {
    const element = below.querySelector("[data-editor]");
    const editor = new LineEditor(element, this.address(pk), (fresh) => this.replace(pk, fresh));
    this.editors.set(pk, editor);
    this.choose(this.row(pk));
    history.replaceState(null, "", `${location.pathname}${location.search}#line-${pk}`);
    return editor;
  }

  close(row) {
    const pk = row.dataset.line;
    const unsaved = this.editors.get(pk)?.close();
    this.editors.delete(pk);
    if (unsaved != null) {
      toast("The changed text was not saved.", { meaning: "warn", undo: async () => (await this.open(this.row(pk)))?.type(unsaved) });
    }
    document.getElementById(`editor-${pk}`)?.remove();
    history.replaceState(null, "", `${location.pathname}${location.search}`);
    row.querySelector("[data-open]").focus();
    this.element.dispatchEvent(new Event("clips:changed", { bubbles: true }));
  }

  row(pk) {
    return document.getElementById(`line-${pk}`);
  }

  replace(pk, fresh) {
    const row = this.row(pk);
    return Boolean(row) && replaceRow(row, fresh);
  }

  get unsaved() {
    return [...this.editors.values()].some((editor) => editor.unsaved != null);
  }
}
