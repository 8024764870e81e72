// The generate page: find a voice by typing, and keep the estimate up to date.
const form = document.getElementById("generate");
const search = document.getElementById("voice-search");
const script = form.elements.script;
const withScript = form.querySelector("[data-with-script]");
const PAUSE = 600;

search.addEventListener("input", () => {
  const wanted = search.value.trim().toLowerCase();
  for (const choice of document.querySelectorAll("#voice-list [data-text]")) {
    const chosen = choice.querySelector("input").checked;
    choice.hidden = !chosen && !choice.dataset.text.includes(wanted);
  }
});

// Enter in the search field would send the form.
search.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());

let waiting;
let newest = 0;

async function estimate() {
  const mine = ++newest;
  const data = new FormData(form);
  data.delete("script");
  let answer;
  try {
    answer = await fetch(location.href, { method: "POST", body: data, headers: { "X-Part": "estimate" } });
  } catch {
    return; // the button "Estimate" still asks the server
  }
  if (mine !== newest || !answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById("estimate").replaceWith(page.getElementById("estimate"));
}

function changed() {
  withScript.hidden = !script.files.length;
  clearTimeout(waiting);
  if (!script.files.length && form.querySelector("[name=voices]:checked")) waiting = setTimeout(estimate, PAUSE);
}

form.addEventListener("change", changed);
form.addEventListener("input", (event) => event.target !== search && changed());
changed();
