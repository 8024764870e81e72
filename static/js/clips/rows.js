// Rows of the clip table: one is current, some have their bench open below them.
import { ask, Refused } from "voicecms/clips/asking";
import { Bench } from "voicecms/clips/bench";
import { swapRow } from "voicecms/clips/swapping";
import { toast } from "voicecms/toast";

export class Rows {
  constructor(table, template) {
    this.table = table;
    this.template = template;
    this.benches = new Map();
    table.addEventListener("click", (event) => this.onClick(event));
    table.addEventListener("focusin", ({ target }) => this.choose(target.closest("tr.clip")));
  }

  get all() {
    return [...this.table.querySelectorAll("tr.clip")];
  }

  get current() {
    return this.table.querySelector("tr.clip.current") ?? this.all[0];
  }

  address(pk) {
    return this.template.replace(/\/0\/(?=\?|$)/, `/${pk}/`);
  }

  choose(row) {
    if (!row) return;
    this.table.querySelector("tr.clip.current")?.classList.remove("current");
    row.classList.add("current");
  }

  // The focus goes along, so that a screen reader says where one is.
  go(offset) {
    const rows = this.all;
    const at = this.table.querySelector("tr.clip.current") ? rows.indexOf(this.current) + offset : 0;
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

  bench(row) {
    return this.benches.get(row?.dataset.line);
  }

  async toggle(row) {
    if (this.bench(row)) return this.close(row);
    const bench = await this.open(row);
    bench?.edit();
    return bench;
  }

  async open(row) {
    const pk = row.dataset.line;
    if (this.benches.has(pk)) return this.benches.get(pk);
    try {
      const { fresh } = await ask(this.address(pk));
      const below = fresh.querySelector("tr.bench-row");
      this.row(pk).after(below);
      return this.start(pk, below);
    } catch (refusal) {
      if (!(refusal instanceof Refused)) throw refusal;
      toast(refusal.message, { meaning: "warn" });
      return null;
    }
  }

  start(pk, below) {
    const bench = new Bench(below.querySelector("[data-bench]"), this.address(pk), (fresh) => this.swap(pk, fresh));
    this.benches.set(pk, bench);
    this.choose(this.row(pk));
    history.replaceState(null, "", `${location.pathname}${location.search}#line-${pk}`);
    return bench;
  }

  close(row) {
    const pk = row.dataset.line;
    const unsaved = this.benches.get(pk)?.close();
    this.benches.delete(pk);
    if (unsaved != null) {
      toast("The changed text was not saved.", { meaning: "warn", undo: async () => (await this.open(this.row(pk)))?.type(unsaved) });
    }
    document.getElementById(`bench-${pk}`)?.remove();
    history.replaceState(null, "", `${location.pathname}${location.search}`);
    row.querySelector("[data-open]").focus();
    this.table.dispatchEvent(new Event("clips:changed", { bubbles: true }));
  }

  row(pk) {
    return document.getElementById(`line-${pk}`);
  }

  swap(pk, fresh) {
    const row = this.row(pk);
    return Boolean(row) && swapRow(row, fresh);
  }

  get unsaved() {
    return [...this.benches.values()].some((bench) => bench.unsaved != null);
  }
}
