// The ranking board: brings its parts together.
import { Board } from "voicecms/board/board";
import { Changes } from "voicecms/board/changes";
import { Controls } from "voicecms/board/controls";
import { Dialogs } from "voicecms/board/dialogs";
import { Finder } from "voicecms/board/finder";
import { LineList } from "voicecms/board/lines";
import { Slots } from "voicecms/board/slots";
import { Status, byPart } from "voicecms/board/status";
import { TakeList } from "voicecms/board/takes";
import { Turns } from "voicecms/board/turns";
import { ServerError } from "voicecms/server";

export async function startBoard() {
  const parts = build();
  const { board, finder, lines, turns } = parts;
  finder.start();
  new Controls(parts).start();
  const begin = turns.queue(() => read(parts));
  byPart("read-again").addEventListener("click", begin);
  begin();
  await turns.last;
  new Changes(board, lines).start();
  document.getElementById("board").dataset.ready = "yes";
}

function build() {
  const board = new Board(JSON.parse(document.getElementById("board-endpoints").textContent), byPart("said"));
  const lines = new LineList(board, byPart("lines"));
  const acts = { rank: (handle, rank) => board.rank(handle, rank), trim: (take) => dialogs.trim(take) };
  const takes = new TakeList(board, byPart("takes"), acts);
  new Slots(board, byPart("slots"), takes);
  const status = new Status(board, lines);
  const dialogs = new Dialogs(board, () => takes.settle());
  const turns = new Turns((failure) => tellFailure(board, failure));
  const finder = new Finder({ board, lines, status, takes, turns });
  return { board, lines, takes, status, turns, finder };
}

function tellFailure(board, failure) {
  // A bug is reported, and the next key works all the same.
  if (failure instanceof ServerError) board.tell(failure.message, { meaning: "fail" });
  else reportError(failure);
}

async function read({ finder, status, takes }) {
  try {
    await finder.begin();
    status.showFailure(null);
    takes.focus(0);
  } catch (refusal) {
    if (!(refusal instanceof ServerError)) throw refusal;
    status.showFailure(refusal);
  }
}
