// Sends answers without leaving the page, shows their effects, and undoes them.
// Without this module the browser submits the same forms.
import { fragmentOf } from "voicecms/dom";
import { ServerError, post } from "voicecms/server";
import { toast } from "voicecms/toast";
import { gettext } from "voicecms/words";

const CHANGES = "form[data-answer]";

export const partOf = (draft) => document.querySelector(`#draft-${draft} [data-part=answers]`);

export function send(path, body, options) {
  const { home } = document.getElementById("review").dataset;
  return post(`${home}${path}/`, body, options);
}

// Removes the fields for browsers without scripts ("I have listened"): this page reports playback.
function prepare(part) {
  for (const word of part.querySelectorAll("[data-without-script]")) word.remove();
  for (const tool of part.querySelectorAll("[data-with-script]")) tool.hidden = false;
}

// Replaces the forms of a version as a whole, and restores the focus.
function show({ decided, parts }) {
  const progress = document.querySelector("#progress strong");
  if (progress) progress.textContent = decided;
  for (const [draft, html] of Object.entries(parts)) {
    const part = partOf(draft);
    if (!part) continue;
    const held = part.contains(document.activeElement);
    const act = document.activeElement?.dataset.act;
    part.innerHTML = html;
    prepare(part);
    if (held) (part.querySelector(`[data-act=${act}]`) ?? part.closest("[data-draft]")).focus();
  }
}

function fields(values) {
  const body = new FormData();
  for (const [name, value] of values) body.append(name, value);
  return body;
}

// The acts that can be undone, the newest last: each a list of requests that undo it.
const acts = [];

// Undoes an act, by default the newest.
export async function undo(act = acts.at(-1)) {
  if (!acts.includes(act)) return;
  acts.splice(acts.indexOf(act), 1);
  try {
    for (const [path, values] of act) show(await send(path, fields(values)));
    toast(gettext("Undone."));
  } catch (refusal) {
    if (!(refusal instanceof ServerError)) throw refusal;
    toast(refusal.message, { meaning: "fail" });
  }
}

// The requests that restore the state before an answer.
function reverse(path, done, form) {
  if (path === "comment-delete") {
    const { comment, at = "" } = form.dataset;
    return [["comment", [["draft", form.elements.draft.value], ["text", comment], ["at", at]]]];
  }
  if (path !== "comment") return reverseDecision(done);
  const shown = fragmentOf(Object.values(done.parts).join(""));
  const comments = [...shown.querySelectorAll("[data-comment] [name=comment]")];
  return [["comment-delete", [["comment", Math.max(...comments.map(({ value }) => Number(value)))]]]];
}

// First removes the new decisions, then restores the earlier decisions.
export function reverseDecision({ drafts, before }) {
  const answered = before.map(({ draft, decision, reason }) => ["decide", [["draft", draft], ["decision", decision], ["reason", reason]]]);
  const unanswered = drafts.filter((draft) => !before.some((one) => one.draft === draft));
  return [...(unanswered.length ? [["undecide", unanswered.map((draft) => ["draft", draft])]] : []), ...answered];
}

function words(path, submitter, { said }) {
  if (said) return said;
  const told = {
    undecide: gettext("Your answer is taken back."),
    comment: gettext("Your comment is sent."),
    "comment-delete": gettext("Your comment is taken back."),
  };
  return told[path] ?? submitter.textContent.trim();
}

export async function answer(form, submitter, beforehand) {
  const path = new URL(form.action).pathname.split("/").at(-2);
  const body = new FormData(form, submitter);
  form.setAttribute("aria-busy", "true");
  try {
    await beforehand?.();
    const done = await send(path, body);
    show(done);
    const act = done.drafts.length ? reverse(path, done, form) : null;
    if (act) acts.push(act);
    toast(words(path, submitter, done), { undo: act && (() => undo(act)) });
  } catch (refusal) {
    if (!(refusal instanceof ServerError)) throw refusal;
    toast(refusal.message, { meaning: "fail" });
  } finally {
    form.removeAttribute("aria-busy");
  }
}

export const isAnswer = (form) => form.matches(CHANGES);

export function startAnswers() {
  prepare(document);
}
