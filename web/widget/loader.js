// The one script of the page: places the element and fetches the rest when the page is idle or the chat is first wanted.

const script = document.currentScript;
const { language, currency, server, shop } = script.dataset;
let panel;

/** @returns {Promise<HTMLElement>} the chat, once its code has arrived */
function chat() {
  panel ??= import(new URL("comptoir-panel.js", script.src).href).then(() => placed());
  return panel;
}

function placed() {
  const present = document.querySelector("comptoir-chat");
  if (present) return present;
  const element = document.createElement("comptoir-chat");
  for (const [name, value] of Object.entries({ language, currency, server, shop })) if (value) element.setAttribute(name, value);
  return document.body.appendChild(element);
}

const call = (name) => (...values) => chat().then((element) => element[name](...values));

window.Comptoir = Object.fromEntries(["open", "close", "toggle", "send", "setLanguage"].map((name) => [name, call(name)]));

const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(work, 200));
const begin = () => whenIdle(chat, { timeout: 3_000 });
if (document.readyState === "complete") begin();
else addEventListener("load", begin, { once: true });
