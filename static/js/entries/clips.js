// Entry of the clip table, and of the page of one line.
import { startPieces } from "voicecms/pieces";
import { startClips } from "voicecms/clips/page";

startPieces();
startClips();
