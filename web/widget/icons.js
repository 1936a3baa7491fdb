import { svg } from "lit/html.js";

const icon = (path) => svg`<svg viewBox="0 0 24 24" aria-hidden="true"><path d=${path}></path></svg>`;

export const bubble = icon("M5 4h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zM8 9h8M8 12.5h5");
export const cross = icon("M6 6l12 12M18 6L6 18");
export const down = icon("M12 5v14M6 13l6 6 6-6");
export const left = icon("M15 5l-7 7 7 7");
export const right = icon("M9 5l7 7-7 7");
export const plane = icon("M4 12h15M13 6l6 6-6 6");
