// Sends answers without leaving the page, shows what they have changed, and takes them back.
// Without this module the same forms do the same.
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

// Who cannot report what they heard says so; this page reports.
function prepare(part) {
  for (const word of part.querySelectorAll("[data-without-script]")) word.remove();
  for (const tool of part.querySelectorAll("[data-with-script]")) tool.hidden = false;
}

// The forms of a version are replaced whole; what had the focus has it again.
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

// What can be taken back, the newest last: each a list of what is to be sent for that.
const acts = [];

// The act that is meant, else the newest.
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

// What is to be sent to bring back how things were.
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

// First what was not there before goes, then what was there comes.
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
