// Entry of every page of the admin that has no entry of its own.
import { startPieces } from "voicecms/pieces";

startPieces();
