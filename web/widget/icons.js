import { html } from "lit/html.js";

const icon = (path) => html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d=${path}></path></svg>`;

export const bell = icon("M6 17v-6a6 6 0 0 1 12 0v6zM10 20h4");
export const bubble = icon("M3 4h18v13h-9l-5 4v-4H3zM8 9h8M8 12h5");
export const clip = icon("M20 11l-8 8a5 5 0 0 1-7-7l8-8a3 3 0 0 1 5 5l-8 8a2 2 0 0 1-3-3l7-7");
export const cross = icon("M6 6l12 12M18 6L6 18");
export const plane = icon("M4 12h15M13 6l6 6-6 6");
