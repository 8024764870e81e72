// Follows all previews that are being made in the table, with one request for all of them. A line
// whose bench is open is followed by its bench.
import { ask } from "voicecms/clips/asking";
import { Polling } from "voicecms/clips/polling";
import { toast } from "voicecms/toast";

// In words, what became of these lines once none of them is waited for any more.
function outcome(rows) {
  const failed = rows.filter((row) => row.querySelector(".clip__failed")).length;
  const ready = rows.length - failed;
  const words = [];
  if (ready) words.push(ready === 1 ? "1 preview is ready." : `${ready} previews are ready.`);
  if (failed) words.push(failed === 1 ? "1 could not be made." : `${failed} could not be made.`);
  return { text: words.join(" "), meaning: failed ? "warn" : "ok" };
}

export function followMaking(rows, address) {
  const followed = new Set();
  const making = () => rows.all.filter((row) => row.hasAttribute("data-making") && !rows.bench(row));

  async function look() {
    const pks = making().map(({ dataset }) => dataset.line);
    pks.forEach((pk) => followed.add(pk));
    const { fresh } = await ask(`${address}${address.includes("?") ? "&" : "?"}lines=${pks}`, { expected: "table" });
    for (const pk of pks) {
      const [row, there] = [rows.row(pk), fresh.querySelector(`#line-${pk}`)];
      if (!there) row?.removeAttribute("data-making");
      else if (row && row.dataset.previews !== there.dataset.previews) rows.swap(pk, there);
    }
    if (!making().length) tell();
  }

  function tell() {
    const { text, meaning } = outcome([...followed].map((pk) => rows.row(pk)).filter(Boolean));
    followed.clear();
    toast(text, { meaning });
  }

  const polling = new Polling(() => making().length > 0, look);
  polling.start();
  return polling;
}
