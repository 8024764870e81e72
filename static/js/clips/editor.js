// The editor of one line: its forms are sent without leaving the table, and it follows its previews.
import { keepFocus, replaceForm, replaceList } from "voicecms/clips/replace";
import { listening } from "voicecms/listening";
import { Polling } from "voicecms/polling";
import { ServerError, getPart, postPart } from "voicecms/server";
import { toast } from "voicecms/toast";

const EVERY = 1000;
const LISTS = ["previews", "versions"];
// The answer with an editor in it; the server draws only the line.
export const EDITOR = { part: "line", expected: "[data-editor]" };

const states = (editor) => [...editor.querySelectorAll("[data-preview]")].map(({ dataset }) => `${dataset.preview} ${dataset.state}`).join();

export class LineEditor {
  constructor(element, url, replaceRow) {
    this.element = element;
    this.url = url;
    this.replaceRow = replaceRow;
    this.answers = 0;
    this.provider = this.voice?.dataset.provider;
    element.addEventListener("submit", (event) => this.send(event));
    element.addEventListener("change", ({ target }) => target.closest("[data-speech]") && this.chosen());
    const isMaking = () => element.isConnected && element.hasAttribute("data-making");
    this.polling = new Polling(() => this.look(), { every: EVERY, isWaiting: isMaking });
    this.polling.start();
  }

  part(name, root = this.element) {
    return root.querySelector(`[data-part="${name}"]`);
  }

  get voice() {
    return this.element.querySelector("select[name=voice]")?.selectedOptions[0];
  }

  get saves() {
    return [...this.element.querySelectorAll("[data-save]")];
  }

  say(text) {
    this.element.querySelector("[data-said]").textContent = text;
  }

  // A button that is disabled would lose the focus: it only says that it is.
  async send(event) {
    event.preventDefault();
    const { target: form, submitter } = event;
    if (form.ariaBusy) return;
    const body = new FormData(form, submitter);
    form.ariaBusy = submitter.ariaDisabled = "true";
    try {
      this.answered(await postPart(form.action, body, EDITOR), form, this.saves.indexOf(submitter));
    } catch (refusal) {
      if (!(refusal instanceof ServerError)) throw refusal;
      toast(refusal.message, { meaning: "warn" });
    } finally {
      form.ariaBusy = submitter.ariaDisabled = null;
    }
  }

  answered({ fresh, ok }, form, saved) {
    if (ok) toast(fresh.querySelector("[data-said]").textContent);
    this.answers += 1;
    if (!this.adopt(fresh, { sent: form, ok })) this.goOn(saved);
    if (!ok) this.element.querySelector("[role=alert]")?.scrollIntoView({ block: "nearest" });
    else this.element.dispatchEvent(new Event("clips:changed", { bubbles: true }));
  }

  // Takes over what is new. The form changes only with the answer to itself: what is chosen and
  // typed in it is the person's. False when the element that had the focus is gone.
  adopt(fresh, { sent = null, ok = true } = {}) {
    const focusAgain = keepFocus(this.element);
    if (sent && sent === this.part("form")) replaceForm(sent, this.part("form", fresh));
    for (const part of LISTS) replaceList(this.part(part), this.part(part, fresh), { whole: !ok });
    const touched = this.part("touched", fresh);
    if (touched) this.part("touched")?.replaceWith(touched);
    this.say(fresh.querySelector("[data-said]").textContent);
    this.element.toggleAttribute("data-making", Boolean(fresh.querySelector("[data-editor][data-making]")));
    const row = fresh.querySelector("tr.clip");
    if (row) this.replaceRow(row);
    this.polling.start();
    return focusAgain();
  }

  // Once a preview is saved: on to the next one, else back to the line.
  goOn(saved) {
    const row = document.getElementById(`line-${this.element.dataset.editor}`);
    const next = this.saves[Math.min(saved, this.saves.length - 1)];
    (next ?? row?.querySelector("[data-open]") ?? this.element.querySelector("[name=act]"))?.focus();
  }

  async look() {
    const { answers } = this;
    const { fresh } = await getPart(this.url, EDITOR);
    // An answer to an act has come meanwhile, and knows more than this one.
    if (answers !== this.answers || !this.element.isConnected) return;
    if (states(this.element) === states(fresh.querySelector("[data-editor]"))) return;
    this.adopt(fresh);
    if (!this.element.hasAttribute("data-making")) this.ready();
  }

  ready() {
    const newest = this.element.querySelector("[data-preview]");
    const isThere = newest?.dataset.state === "complete";
    this.say(isThere ? "The preview is ready." : "The preview could not be made.");
    if (isThere && !listening.current?.playing) newest.querySelector("voice-player").play();
  }

  // A model belongs to a provider; that of another one would be refused.
  chosen() {
    const { voice } = this;
    this.part("speech").textContent = voice.value ? `${voice.text}, as chosen` : "nobody is chosen";
    if (voice.dataset.provider !== this.provider) this.element.querySelector("[name=model]").value = "";
    this.provider = voice.dataset.provider;
  }

  // What was typed and not saved; null when nothing was.
  get unsaved() {
    const field = this.element.querySelector("textarea");
    return field && !field.readOnly && field.value !== field.dataset.saved ? field.value : null;
  }

  // --- For keys ------------------------------------------------------------------------------

  edit() {
    this.element.querySelector("textarea")?.focus();
  }

  press(selector) {
    this.element.querySelector(selector)?.click();
  }

  close() {
    this.polling.stop();
    return this.unsaved;
  }

  type(text) {
    this.element.querySelector("textarea").value = text;
    this.edit();
  }
}
