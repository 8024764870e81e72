// The bench of one line: its forms are sent without leaving the table, and it follows its previews.
import { listening } from "voicecms/listening";
import { toast } from "voicecms/toast";

const EVERY = 1000;
const LONGEST = 10_000;
const PARTS = ["form", "previews", "versions"];

export class Refused extends Error {}

// A row and its bench, as the server shows them now.
export async function ask(url, options = {}) {
  let response;
  try {
    response = await fetch(url, { ...options, headers: { "X-Part": "line" } });
  } catch (failure) {
    if (!(failure instanceof TypeError)) throw failure;
    throw new Refused("The connection is lost. Nothing was changed; try again.");
  }
  if (response.redirected) throw new Refused("You are logged out. Log in in another tab, then go on here.");
  const fresh = document.createElement("template");
  fresh.innerHTML = await response.text();
  if (!fresh.content.querySelector("[data-bench]")) throw new Refused(`The server answered ${response.status}. Nothing is lost; try again.`);
  return { fresh: fresh.content, ok: response.ok };
}

const isDirty = (form) => [...form.elements].some((field) => field.type !== "hidden" && "defaultValue" in field && field.value !== field.defaultValue);

const states = (bench) => [...bench.querySelectorAll("[data-preview]")].map(({ dataset }) => `${dataset.preview} ${dataset.state}`).join();

const plays = (element) => [...element.querySelectorAll("voice-player")].some((player) => player.playing);
const isUsed = (form) => form.matches("form") && (isDirty(form) || form.contains(document.activeElement));

// Something plays in this list, and goes on: what is new is put beside it, the newest first.
function merge(here, there) {
  const items = new Map([...there.querySelectorAll("li")].map((item) => [item.id, item]));
  for (const old of here.querySelectorAll("li")) {
    const fresh = items.get(old.id);
    items.delete(old.id);
    if (plays(old)) !fresh && old.querySelector("form")?.remove();
    else if (fresh) old.replaceWith(fresh);
    else old.remove();
  }
  here.querySelector("ul").prepend(...items.values());
}

export class Bench {
  constructor(element, url, swapRow) {
    this.element = element;
    this.url = url;
    this.swapRow = swapRow;
    this.misses = 0;
    element.addEventListener("submit", (event) => this.send(event));
    this.follow();
  }

  part(name, root = this.element) {
    return root.querySelector(`[data-part="${name}"]`);
  }

  async send(event) {
    event.preventDefault();
    const { target: form, submitter } = event;
    const inForm = form.matches("[data-part=form]");
    const body = new FormData(form, submitter);
    submitter.disabled = true;
    try {
      const { fresh, ok } = await ask(form.action, { method: "POST", body });
      if (ok) toast(fresh.querySelector("[data-said]").textContent);
      const refused = ok ? [] : ["previews"];
      this.adopt(fresh, inForm ? ["form"] : refused);
      if (!ok) this.element.querySelector("[role=alert]")?.scrollIntoView({ block: "nearest" });
    } catch (refusal) {
      if (!(refusal instanceof Refused)) throw refusal;
      toast(refusal.message, { meaning: "warn" });
    } finally {
      submitter.disabled = false;
    }
  }

  // Takes over what is new; `always` names the parts that were just sent.
  adopt(fresh, always = []) {
    const focused = document.activeElement;
    const name = this.element.contains(focused) ? `[name="${focused.name}"][value="${focused.value}"], [name="${focused.name}"]` : null;
    for (const part of PARTS) {
      const [here, there] = [this.part(part), this.part(part, fresh)];
      if (!here || !there || (isUsed(here) && !always.includes(part))) continue;
      if (plays(here) && !always.includes(part)) merge(here, there);
      else here.replaceWith(there);
    }
    this.element.querySelector("[data-said]").textContent = fresh.querySelector("[data-said]")?.textContent ?? "";
    const row = fresh.querySelector("tr.clip");
    if (row) this.swapRow(row);
    if (name && !this.element.contains(document.activeElement) && focused.name) this.element.querySelector(name)?.focus();
    this.element.toggleAttribute("data-making", Boolean(fresh.querySelector("[data-bench][data-making]")));
    this.follow();
  }

  // Asks every second while a preview is being made, and plays it when it is there.
  follow() {
    clearTimeout(this.timer);
    if (!this.element.isConnected || !this.element.hasAttribute("data-making")) return;
    this.timer = setTimeout(() => this.look(), Math.min(EVERY * 2 ** this.misses, LONGEST));
  }

  async look() {
    try {
      const { fresh } = await ask(this.url);
      this.misses = 0;
      if (!this.element.isConnected) return;
      const before = states(this.element);
      if (before === states(fresh.querySelector("[data-bench]"))) return this.follow();
      this.adopt(fresh);
      if (!this.element.hasAttribute("data-making")) this.ready();
    } catch (refusal) {
      if (!(refusal instanceof Refused)) throw refusal;
      this.misses += 1;
      this.follow();
    }
  }

  ready() {
    const newest = this.element.querySelector("[data-preview]");
    const isThere = newest?.dataset.state === "complete";
    this.element.querySelector("[data-said]").textContent = isThere ? "The preview is ready." : "The preview could not be made.";
    if (isThere && !listening.current?.playing) newest.querySelector("voice-player").play();
  }

  // --- For keys ------------------------------------------------------------------------------

  edit() {
    this.element.querySelector("textarea")?.focus();
  }

  press(selector) {
    this.element.querySelector(selector)?.click();
  }

  // What was typed and not sent; null when nothing was.
  close() {
    clearTimeout(this.timer);
    const field = this.element.querySelector("textarea");
    return field && field.value !== field.defaultValue ? field.value : null;
  }

  type(text) {
    this.element.querySelector("textarea").value = text;
    this.edit();
  }
}
