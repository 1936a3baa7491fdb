// The one script of the page: places the element and fetches the rest when the page is idle or the chat is first wanted.

/** What is to be fetched, and the proof that it is that; pin.js writes both in. */
const file = "PANEL_FILE";
const integrity = "PANEL_INTEGRITY";

/** @returns {Promise<void>} settles when the code has run; code that is not what was built does not */
function fetchPanel({ src, nonce }) {
  const { href } = new URL(file, src);
  const trusted = window.trustedTypes?.createPolicy("comptoir", { createScriptURL: () => href });
  return new Promise((onload, onerror) => {
    const code = document.createElement("script");
    Object.assign(code, { type: "module", src: trusted?.createScriptURL("") ?? href, integrity, nonce, crossOrigin: "", onload, onerror });
    document.head.append(code);
  });
}

function placed({ src, dataset }) {
  const present = document.querySelector("comptoir-chat");
  if (present) return present;
  const { origin } = new URL(src);
  const { language, currency, server = origin === location.origin ? "" : origin, shop } = dataset;
  const element = document.createElement("comptoir-chat");
  for (const [name, value] of Object.entries({ language, currency, server, shop })) if (value) element.setAttribute(name, value);
  return document.body.appendChild(element);
}

function place(script) {
  let panel;
  /** @returns {Promise<HTMLElement>} the chat, once its code has arrived */
  const chat = () => (panel ??= fetchPanel(script).then(() => placed(script)));
  const call = (name) => async (...values) => {
    const element = await chat();
    await element.ready;
    return element[name](...values);
  };
  const calls = ["open", "close", "toggle", "send", "session", "identify", "setLanguage", "setSound"];
  window.Comptoir = Object.fromEntries(calls.map((name) => [name, call(name)]));

  const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(work, 200));
  const begin = () => whenIdle(chat, { timeout: 3_000 });
  if (document.readyState === "complete") begin();
  else addEventListener("load", begin, { once: true });
}

// A second tag on the page has nothing to do.
if (!window.Comptoir) place(document.currentScript);
