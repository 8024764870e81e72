// Entry of the page of a reviewer.
import { startPieces } from "voicecms/pieces";
import { startReview } from "voicecms/review/page";

startPieces();
startReview();
