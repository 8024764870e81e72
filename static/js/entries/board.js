// Entry of the ranking board.
import { startPieces } from "voicecms/pieces";
import { startBoard } from "voicecms/board/page";

startPieces();
startBoard();
