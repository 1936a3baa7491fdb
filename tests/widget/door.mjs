// The website's door in memory, with a scripted shop behind it: a fixture for the widget's tests and for trying it out
// (`node tests/widget/door.mjs --port 8090`). POST /control makes it misbehave; `--state FILE` survives a restart.
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../../web/dist/", import.meta.url));
const modules = fileURLToPath(new URL("../../web/node_modules/", import.meta.url));

// What is said here in English, on both sides, in the other languages.
const translations = JSON.parse(readFileSync(new URL("words.json", import.meta.url), "utf8"));

function inLanguage(language, spoken) {
  const words = translations[language] ?? {};
  return JSON.parse(JSON.stringify(spoken), (_, part) => words[part] ?? part);
}

function inEnglish(language, said) {
  return Object.entries(translations[language] ?? {}).find(([, words]) => words === said)?.[0] ?? said;
}

const mugs = [
  ["Brume stoneware mug, blue", "16.00 €", "In stock", "#3f6c8f"],
  ["Brume stoneware mug, sage", "16.00 €", "Only 3 left", "#8aa58c"],
  ["Enamel camping mug", "12.50 €", "In stock", "#c65d3b"],
  ["Tall latte glass with cork band", "18.90 €", "In stock", "#b48a5a"],
];

function products() {
  return mugs.map(([title, price, subtitle, colour], number) => ({
    title,
    subtitle,
    price,
    image: `/pictures/${colour.slice(1)}.svg`,
    url: `/products/${number}`,
    choices: [
      { id: `add${number}`, title: "Add to cart" },
      { id: `details${number}`, title: "Details" },
    ],
  }));
}

const compared = {
  text: "The three of them, side by side:",
  table: {
    columns: mugs.slice(0, 3).map(([title], number) => ({ title, product: `${number}` })),
    rows: [
      { name: "Price", values: mugs.slice(0, 3).map(([, price]) => price) },
      { name: "Availability", values: mugs.slice(0, 3).map(([, , subtitle]) => subtitle) },
      { name: "Capacity", values: ["350 ml", "350 ml", "\u2013"] },
    ],
  },
};

const answers = [
  [/^add to cart$/i, () => [{ text: "It is in your cart.", choices: [{ id: "cart", title: "View cart" }] }]],
  [/side by side/i, () => [{ text: `${compared.text}\n\nTold again for whoever has no tables.`, table: compared.table }]],
  [/mug|gift|tasse/i, () => [{ text: "I found 4 that may suit you:", cards: products(), choices: [{ id: "cart", title: "View cart" }] }]],
  [/one picture/i, () => [{ text: "Here it is.", cards: products().slice(0, 1) }]],
  [
    /order|commande/i,
    () => [
      { text: "Your order C-1042 left our workshop on Tuesday.", status: { kind: "order", state: "shipped", title: "Shipped" } },
      {
        text: "It should be with you on Friday 27 November.",
        status: { kind: "parcel", step: 1, steps: ["Being prepared", "On its way", "Out for delivery", "Delivered"] },
        links: [{ title: "Track the parcel", url: "https://carrier.example/track/1Z", kind: "tracking" }],
      },
    ],
  ],
  [
    /pay|cart/i,
    () => [
      {
        text: "Your total is 32.00 €. The link is valid for 30 minutes.",
        links: [{ title: "Pay 32.00 €", url: "https://pay.example/1", kind: "payment" }],
        status: { kind: "payment", state: "pending", title: "Waiting for payment" },
      },
    ],
  ],
  [/bonjour/i, () => [{ text: "Bonjour ! Que puis-je faire pour vous ?", language: "fr" }]],
  [/markup/i, () => [{ text: "<img src=x onerror=alert(1)> see https://shop.example/care?a=1. javascript:alert(1)", links: [{ title: "Bad", url: "javascript:alert(1)", kind: "payment" }] }]],
  [/quiet/i, () => []],
  [
    /person/i,
    () => [
      { sender: "system", text: "Marie has joined the conversation.", status: { kind: "owner", owner: "staff", name: "Marie", note: "Marie is answering you" } },
      { sender: "staff", name: "Marie", text: "Hello, Marie here. How can I help?" },
    ],
  ],
  [/wait for someone/i, () => [{ sender: "system", text: "You are second in line, about 3 minutes.", status: { kind: "owner", owner: "waiting", note: "A person will join you soon" } }]],
  [/back to the program/i, () => [{ sender: "system", text: "You are with our automated assistant again.", status: { kind: "owner", owner: "bot" } }]],
  [/address/i, () => [{ text: "Where shall we send it?", form: addressForm() }]],
  [/how was it/i, () => [{ text: "How did it go with us?", status: { kind: "satisfaction" }, choices: scores() }]],
];

const scores = () =>
  ["Very bad", "Bad", "Fair", "Good", "Very good"].map((title, index) => ({ id: `score${index + 1}`, title: `${index + 1} – ${title}` }));

const addressForm = () => ({
  kind: "address",
  submit: "Use this address",
  fields: [
    { name: "name", label: "Name", autocomplete: "name", required: true, value: "Anna Smith" },
    { name: "line1", label: "Street and number", autocomplete: "address-line1", required: true },
    { name: "line2", label: "Flat, floor, company", autocomplete: "address-line2" },
    { name: "postcode", label: "Postcode", autocomplete: "postal-code", required: true },
    { name: "city", label: "Town or city", autocomplete: "address-level2", required: true },
  ],
});

const otherwise = () => [
  {
    text: "Shall I show you our best sellers, or would you rather look for something yourself?",
    choices: [
      { id: "best", title: "Best sellers" },
      { id: "mugs", title: "Show me mugs" },
      { id: "person", title: "Talk to a person" },
    ],
  },
];

function wordsOf(conversation, choice) {
  const all = conversation.events.flatMap(({ choices = [], cards = [] }) => [...choices, ...cards.flatMap((card) => card.choices ?? [])]);
  return all.find(({ id }) => id === choice)?.title;
}

export class Door {
  conversations = new Map();
  files = new Map();
  control = {};
  requests = [];
  #readers = new Set();
  #stateFile;
  #thinkingTime;
  #server;

  constructor({ stateFile, thinkingTime = 30 } = {}) {
    this.#stateFile = stateFile;
    this.#thinkingTime = thinkingTime;
    if (stateFile && existsSync(stateFile)) this.conversations = new Map(JSON.parse(readFileSync(stateFile, "utf8")));
    this.#server = createServer((request, response) =>
      this.#answer(request, response).catch((problem) => {
        console.error(problem);
        response.destroy();
      }),
    );
  }

  listen(port = 0) {
    return new Promise((resolve) => this.#server.listen(port, "127.0.0.1", () => resolve(`http://127.0.0.1:${this.#server.address().port}`)));
  }

  close() {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  say(conversation, event) {
    const stored = { seq: conversation.events.length + 1, at: new Date().toISOString(), sender: "assistant", language: conversation.language, ...event };
    conversation.events.push(stored);
    if (this.#stateFile) writeFileSync(this.#stateFile, JSON.stringify([...this.conversations]));
    for (const reader of [...this.#readers]) reader.wake(conversation);
    return stored;
  }

  dropReaders() {
    for (const reader of this.#readers) reader.response.destroy();
  }

  async #answer(request, response) {
    const url = new URL(request.url, "http://door");
    if (url.pathname.startsWith("/api/files/")) return this.#file(url.pathname.split("/").at(-1), response);
    if (url.pathname.startsWith("/api/")) this.requests.push(`${request.method} ${url.pathname}${url.search}`);
    if (url.pathname === "/control") return this.#steer(await body(request), response);
    const path = url.pathname.split("/").slice(1);
    if (path[0] === "api") return this.#api(request, response, path.slice(2), url.searchParams);
    return page(url, response);
  }

  #steer({ say, cart, drop_readers, ...control }, response) {
    Object.assign(this.control, control);
    if (cart) for (const conversation of this.conversations.values()) this.#tell(conversation, { cart });
    if (say) for (const conversation of this.conversations.values()) this.say(conversation, say);
    if (drop_readers) this.dropReaders();
    return send(response, 200, {});
  }

  #file(id, response) {
    const { type, content } = this.files.get(id);
    response.writeHead(200, { "content-type": type });
    response.end(content);
  }

  async #upload(request, response, id, name) {
    const { control } = this;
    if (control.dropUploads > 0 && control.dropUploads--) return request.socket.destroy();
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const content = Buffer.concat(chunks);
    if (content.includes("damaged")) return send(response, 422, { error: "file_unreadable", message: "damaged", details: {} });
    this.files.set(id, { id, name, type: request.headers["content-type"], size: content.length, content });
    return send(response, 201, this.#fileView(id));
  }

  #fileView(id) {
    const { content: _, ...file } = this.files.get(id);
    return { ...file, url: `/api/files/${id}` };
  }

  async #api(request, response, [id, what, file], query) {
    const { control } = this;
    if (control.isDown) return request.socket.destroy();
    if (!id) return this.#open(await body(request), response);
    const conversation = this.conversations.get(id);
    if (!conversation) return send(response, 404, { error: "conversation_not_found", message: "no such conversation", details: {} });
    if (what === "token") {
      conversation.token = randomUUID();
      return send(response, 200, { token: conversation.token });
    }
    if (request.headers.authorization !== `Bearer ${conversation.token}`) return send(response, 401, { error: "token_expired", message: "expired", details: {} });
    if (what === "customer") return this.#identify(conversation, await body(request), response);
    if (what === "files") return this.#upload(request, response, file, query.get("name"));
    if (what === "messages") return this.#message(conversation, await body(request), request, response);
    return this.#events(conversation, request, response, query);
  }

  #identify(conversation, { identity }, response) {
    if (identity === "forged") return send(response, 422, { error: "invalid_identity", message: "not signed", details: {} });
    if (conversation.customer && conversation.customer !== identity) return send(response, 409, { error: "another_customer", message: "somebody else's", details: {} });
    conversation.customer = identity;
    return send(response, 200, { name: null, email: null });
  }

  #open({ language, identity }, response) {
    const id = randomUUID();
    this.conversations.set(id, { id, token: randomUUID(), language: language ?? "en", events: [], customer: identity });
    return send(response, 201, { id, token: this.conversations.get(id).token, language: language ?? "en" });
  }

  #message(conversation, { id, text, choice, form, file }, request, response) {
    const { control } = this;
    if (control.dropPosts > 0 && control.dropPosts--) return request.socket.destroy();
    if (control.busyPosts > 0 && control.busyPosts--) return send(response, 429, { error: "too_many_messages" }, { "retry-after": "1" });
    const known = conversation.events.find((event) => event.id === id);
    if (known) return send(response, 200, known);
    const words = file ? "" : (text ?? (form ? Object.values(form).filter(Boolean).join("\n") : wordsOf(conversation, choice)));
    if (words === undefined) return send(response, 422, { error: "unknown_choice", message: "no such choice", details: {} });
    if (words.startsWith("refuse")) return send(response, 422, { error: "message_too_long", message: "too long", details: {} });
    const said = file ? { files: [this.#fileView(file)] } : { text: control.keeps ?? words };
    const stored = this.say(conversation, { sender: "customer", id, ...said });
    this.#think(conversation, words);
    if (control.loseAnswers > 0 && control.loseAnswers--) return request.socket.destroy();
    return send(response, 201, stored);
  }

  #think(conversation, words) {
    const [, reply] = answers.find(([pattern]) => pattern.test(inEnglish(conversation.language, words))) ?? [null, otherwise];
    this.#typing(conversation, true);
    const answer = () => {
      if (this.control.isThinking) return setTimeout(answer, 10);
      for (const event of inLanguage(conversation.language, reply())) this.say(conversation, event);
      this.#typing(conversation, false);
    };
    setTimeout(answer, this.#thinkingTime);
  }

  #typing(conversation, isTyping) {
    const read = isTyping ? { read: conversation.events.length } : {};
    this.#tell(conversation, { is_typing: isTyping, ...read });
  }

  /** What is beside the log: kept for whoever comes, told to whoever is there. */
  #tell(conversation, live) {
    Object.assign((conversation.live ??= {}), live);
    for (const reader of [...this.#readers]) reader.tell?.(conversation, live);
  }

  #events(conversation, request, response, query) {
    let after = Number(query.get("after"));
    const unread = () => conversation.events.filter(({ seq }) => seq > after);
    const reader = { response };
    const leave = () => this.#readers.delete(reader);
    if (request.headers.accept === "text/event-stream") {
      if (this.control.isBuffering) return undefined;
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write(": beat\n\n");
      reader.wake = (changed) => {
        if (changed !== conversation) return;
        for (const event of unread()) {
          response.write(`id: ${event.seq}\nevent: message\ndata: ${JSON.stringify(event)}\n\n`);
          after = event.seq;
        }
      };
      reader.tell = (changed, { is_typing: isTyping, read, cart }) => {
        if (changed !== conversation) return;
        const parts = { typing: isTyping !== undefined && { is_typing: isTyping }, read: read && { seq: read }, cart };
        for (const [name, data] of Object.entries(parts)) if (data) response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
      };
      this.#readers.add(reader);
      response.on("close", leave);
      reader.tell(conversation, conversation.live ?? {});
      return reader.wake(conversation);
    }
    const answer = () => {
      leave();
      if (!response.writableEnded) send(response, 200, { events: unread(), next: conversation.events.length, ...conversation.live });
    };
    if (!query.get("wait") || unread().length) return answer();
    reader.wake = (changed) => changed === conversation && answer();
    this.#readers.add(reader);
    response.on("close", leave);
    return setTimeout(answer, Number(query.get("wait")) * 1000).unref();
  }
}

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return JSON.parse(text || "{}");
}

function send(response, status, content, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(content));
}

function page(url, response) {
  const name = url.pathname.split("/").at(-1);
  if (url.pathname.startsWith("/pictures/")) return file(response, "image/svg+xml", picture(`#${name.slice(0, -4)}`));
  if (url.pathname === "/axe.js") return file(response, "text/javascript", readFileSync(`${modules}axe-core/axe.min.js`));
  if (url.pathname.startsWith("/widget/")) return file(response, "text/javascript", readFileSync(dist + name));
  if (url.pathname === "/") return file(response, "text/html; charset=utf-8", shop(url.searchParams.get("language") ?? "en"));
  return send(response, 404, { error: "not_found" });
}

function file(response, type, content) {
  response.writeHead(200, { "content-type": type, "content-security-policy": "default-src 'self'" });
  response.end(content);
}

function picture(colour) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200"><rect width="200" height="200" fill="#f1eadf"/>
<ellipse cx="98" cy="158" rx="58" ry="8" fill="#d9cdb9"/><path d="M135 82h14a22 22 0 0 1 0 46h-16" fill="none" stroke="${colour}" stroke-width="10"/>
<path d="M52 62h88v74a22 22 0 0 1-22 22H74a22 22 0 0 1-22-22z" fill="${colour}"/><path d="M52 92h88v16H52z" fill="#fff" opacity=".35"/></svg>`;
}

function shop(language) {
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><link rel="icon" href="/pictures/1f5c4d.svg">
<script async src="/widget/comptoir.js" data-shop="Comptoir" data-language="${language}"></script></head>
<body><main><h1>Comptoir</h1><p>A shop you talk to.</p></main></body></html>`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = (name) => process.argv[process.argv.indexOf(name) + 1];
  const has = (name) => process.argv.includes(name);
  const door = new Door({ stateFile: has("--state") ? option("--state") : undefined, thinkingTime: has("--thinking") ? Number(option("--thinking")) : 30 });
  console.log(await door.listen(has("--port") ? Number(option("--port")) : 0));
}
