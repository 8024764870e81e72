// Follows all previews that are being made in the table, with one request for all of them. A line
// whose editor is open is followed by its editor.
import { Polling } from "voicecms/polling";
import { getPart } from "voicecms/server";
import { toast } from "voicecms/toast";

const EVERY = 1000;

// In words, what became of previews once none of them is waited for any more.
export function outcome(ready, failed) {
  const words = [];
  if (ready) words.push(ready === 1 ? "1 preview is ready." : `${ready} previews are ready.`);
  if (failed) words.push(failed === 1 ? "1 could not be made." : `${failed} could not be made.`);
  return { text: words.join(" "), meaning: failed ? "warn" : "ok" };
}

export function followPreviews(table, address) {
  const followed = new Set();
  const making = () => table.rows.filter((row) => row.hasAttribute("data-making") && !table.editor(row));

  async function look() {
    const pks = making().map(({ dataset }) => dataset.line);
    pks.forEach((pk) => followed.add(pk));
    const url = `${address}${address.includes("?") ? "&" : "?"}lines=${pks}`;
    const { fresh } = await getPart(url, { part: "line", expected: "table" });
    for (const pk of pks) {
      const [row, there] = [table.row(pk), fresh.querySelector(`#line-${pk}`)];
      if (!there) row?.removeAttribute("data-making");
      else if (row && row.dataset.previews !== there.dataset.previews) table.replace(pk, there);
    }
    if (!making().length) tell();
  }

  function tell() {
    const rows = [...followed].map((pk) => table.row(pk)).filter(Boolean);
    const failed = rows.filter((row) => row.querySelector(".clip__failed")).length;
    const { text, meaning } = outcome(rows.length - failed, failed);
    followed.clear();
    toast(text, { meaning });
  }

  const polling = new Polling(look, { every: EVERY, isWaiting: () => making().length > 0 });
  polling.start();
  return polling;
}
