// The generate page: find a voice by typing, and keep the estimate up to date.
import { ServerError, postPart } from "voicecms/server";

const PAUSE = 600;

export function startGenerate() {
  const form = document.getElementById("generate");
  startVoiceSearch(document.getElementById("voice-search"));
  new Estimate(form).start();
}

function startVoiceSearch(search) {
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const choice of document.querySelectorAll("#voice-list [data-text]")) {
      const chosen = choice.querySelector("input").checked;
      choice.hidden = !chosen && !choice.dataset.text.includes(wanted);
    }
  });
  // Enter in the search field would send the form.
  search.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
}

class Estimate {
  constructor(form) {
    this.form = form;
    this.script = form.elements.script;
    this.newest = 0;
  }

  start() {
    this.form.addEventListener("change", () => this.changed());
    this.form.addEventListener("input", (event) => event.target.id !== "voice-search" && this.changed());
    this.changed();
  }

  changed() {
    this.form.querySelector("[data-with-script]").hidden = !this.script.files.length;
    clearTimeout(this.waiting);
    if (this.script.files.length || !this.form.querySelector("[name=voices]:checked")) return;
    this.waiting = setTimeout(() => this.ask(), PAUSE);
  }

  async ask() {
    const mine = ++this.newest;
    const data = new FormData(this.form);
    data.delete("script");
    try {
      const { fresh, ok } = await postPart(location.href, data, { part: "estimate", expected: "#estimate" });
      if (ok && mine === this.newest) document.getElementById("estimate").replaceWith(fresh.querySelector("#estimate"));
    } catch (refusal) {
      // The button "Estimate" still asks the server, and says what is wrong.
      if (!(refusal instanceof ServerError)) throw refusal;
    }
  }
}
