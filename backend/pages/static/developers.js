// The page that shows each call and event of the chat.
import { chat } from "./chat.js";

const log = document.querySelector(".happened");

function note(what, detail) {
  const line = document.createElement("li");
  const code = document.createElement("code");
  code.textContent = detail === undefined ? what : `${what} ${JSON.stringify(detail, withoutToken)}`;
  line.append(code);
  log.append(line);
}

/** What is on a screen is seen over shoulders. */
const withoutToken = (name, value) => (name === "token" ? "…" : value);

function read(call) {
  const [, name, given] = /^(\w+)\((.*)\)$/.exec(call);
  return [name, given && JSON.parse(given.replace(/(\w+):/g, '"$1":'))];
}

const comptoir = await chat;
for (const event of ["open", "close", "unread", "message", "cart"]) {
  document.addEventListener(`comptoir:${event}`, ({ detail }) => note(`comptoir:${event}`, detail ?? undefined));
}

document.addEventListener("click", async ({ target }) => {
  const { call } = target.closest("[data-call]")?.dataset ?? {};
  if (!call) return;
  const [name, given] = read(call);
  note(`Comptoir.${call} →`, await comptoir[name](...(given === "" ? [] : [given])));
});
