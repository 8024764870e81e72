// Entry of the page on which takes are ordered.
import { startPieces } from "voicecms/pieces";
import { startGenerate } from "voicecms/generate";

startPieces();
startGenerate();
