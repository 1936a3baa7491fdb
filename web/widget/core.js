// The conversation with the shop, without any interface: a durable outbox, one reader per browser, the log as truth.

/**
 * @typedef {{id: string, title: string}} Choice
 * @typedef {{title: string, subtitle?: string, price?: string, image?: string, url?: string, choices?: Choice[]}} Card
 * @typedef {{id: string, name: string, type: string, size: number, url?: string}} SentFile  size in bytes
 * @typedef {{name: string, label: string, autocomplete?: string, required?: boolean, value?: string}} Field
 * @typedef {{seq: number, at: string, sender: "customer"|"assistant"|"staff"|"system", language: string, id?: string,
 *   name?: string, text?: string, choices?: Choice[], cards?: Card[], files?: SentFile[],
 *   table?: {columns: {title: string, product: string}[], rows: {name: string, values: string[]}[]},
 *   links?: {title: string, url: string, kind: string}[], form?: {kind: string, fields: Field[], submit: string},
 *   status?: {kind: string, title?: string, step?: number, steps?: string[], state?: string, order?: string, owner?: string, name?: string}}} StoredEvent
 * @typedef {{id: string, text?: string, choice?: string, filled?: Record<string, string>, files?: SentFile[],
 *   code?: string}} Pending  a customer's message not yet stored; a file has the id of its message
 * @typedef {(StoredEvent | Pending) & {delivery?: "sending"|"waiting"|"refused"}} Row
 */

import { readServerSentEvents } from "./stream.js";

export const fileTypes = ["image/jpeg", "image/png", "image/webp", "application/pdf"];
const mostBytes = 10 * 1024 * 1024;
const nothingKept = { id: null, token: null, seen: 0, outbox: [] };

/** A token opens the door for a day; before half of it is over nobody who holds it has to renew it. */
const freshFor = 12 * 3_600_000;

/** What survives a reload. Where the browser denies storage it lasts as long as the page. */
class Memory {
  #key;
  #storage;
  #fallback = nothingKept;

  constructor(key, storage) {
    this.#key = key;
    this.#storage = storage;
  }

  get state() {
    try {
      this.#storage ??= localStorage;
      return JSON.parse(this.#storage.getItem(this.#key)) ?? nothingKept;
    } catch {
      return this.#fallback;
    }
  }

  keep(changes) {
    this.#fallback = { ...this.state, ...changes };
    try {
      this.#storage.setItem(this.#key, JSON.stringify(this.#fallback));
    } catch {
      this.#storage = {};
    }
  }
}

/** The server's answer was not a 2xx. */
const refusal = (status, code, more) => Object.assign(new Error(code), { status, code, ...more });

const withoutLocks = { request: (_name, work) => work() };

/** Every address of a blob ends in a new one. Pages served without TLS (a shop in a local network) have no `randomUUID`. */
function newUuid() {
  const address = URL.createObjectURL(new Blob());
  URL.revokeObjectURL(address);
  return address.slice(-36);
}

/**
 * Tells of itself by events: `change` (redraw), `message` (detail: an event that arrived just now, not history),
 * `refused` (detail: the pending message with the server's `code`), `cart` (detail: what the open cart holds now).
 */
export class Conversation extends EventTarget {
  isTyping = false;
  isOffline = false;
  isLoading = false;
  /** Of all tabs, this one reads the stream. */
  isReader = false;
  /** The customer's messages up to this number were taken up by who answers. */
  read = 0;

  #server;
  #language;
  #currency;
  #locks;
  #times;
  #memory;
  /** Files on their way; they last as long as the page. */
  #files = new Map();
  #channel;
  #cartVersion;
  #name;
  #events = new Map();
  #refused = new Map();
  #cursor = 0;
  #loaded = null;
  #loading = null;
  #identity;
  #carrier = "stream";
  #reading = null;
  #lastByteAt = 0;
  #isFlushing = false;
  #isStopped = false;

  constructor({ server = "", language, currency, storage, locks = globalThis.navigator?.locks, times = {} }) {
    super();
    this.#server = server;
    this.#language = language;
    this.#currency = currency;
    this.#locks = locks ?? withoutLocks;
    this.#times = { firstByte: 5_000, silence: 40_000, upload: 600_000, retry: 500, ...times };
    this.#name = `comptoir:${server}`;
    this.#memory = new Memory(this.#name, storage);
    this.#channel = globalThis.BroadcastChannel && new BroadcastChannel(this.#name);
    if (this.#channel) this.#channel.onmessage = ({ data }) => this.#hear(data);
  }

  start() {
    if (this.#memory.state.id) this.#load();
    this.#flush();
    this.#locks.request(`${this.#name}:reader`, () => this.#lead());
  }

  stop() {
    this.#isStopped = true;
    this.#reading?.abort();
    this.#channel?.close();
    this.#announce("wake");
  }

  /** @returns {Row[]} the stored log in order, then what is still on its way */
  get rows() {
    const stored = [...this.#events.values()].sort((one, other) => one.seq - other.seq);
    const ids = new Set(stored.map(({ id }) => id));
    const delivery = this.isOffline ? "waiting" : "sending";
    const pending = [
      ...this.#memory.state.outbox.map((message) => ({ ...message, delivery })),
      ...[...this.#refused.values()].map((message) => ({ ...message, delivery: "refused" })),
    ].filter(({ id }) => !ids.has(id));
    return [...stored, ...pending.map((message) => ({ ...message, sender: "customer", language: this.#language }))];
  }

  get unread() {
    const { seen } = this.#memory.state;
    return [...this.#events.values()].filter(
      ({ seq, sender }) => seq > seen && (sender === "assistant" || sender === "staff"),
    ).length;
  }

  markSeen() {
    const seen = Math.max(0, ...this.#events.keys());
    if (seen <= this.#memory.state.seen) return;
    this.#memory.keep({ seen });
    this.#tell({});
    this.#changed();
  }

  send(text) {
    this.#post({ id: newUuid(), text });
  }

  /** @param {Choice} choice */
  choose({ id, title }) {
    this.#post({ id: newUuid(), choice: id, text: title });
  }

  /** @param {Record<string, string>} filled  what was written into its fields, by their names */
  fillIn(filled) {
    this.#post({ id: newUuid(), filled, text: Object.values(filled).filter(Boolean).join("\n") });
  }

  /** @param {File} file */
  attach(file) {
    const id = newUuid();
    const message = { id, files: [{ id, name: file.name, type: file.type, size: file.size }] };
    if (!fileTypes.includes(file.type)) return this.#refuse(message, { code: "file_type_refused" });
    if (file.size > mostBytes) return this.#refuse(message, { code: "file_too_large" });
    this.#files.set(id, file);
    this.#post(message);
  }

  retry(id) {
    const { code: _, ...message } = this.#refused.get(id);
    this.#refused.delete(id);
    this.#post(message);
  }

  get hasSound() {
    return !!this.#memory.state.hasSound;
  }

  setSound(hasSound) {
    this.#memory.keep({ hasSound });
    this.#changed();
  }

  /** The page is visible or the network is back: try everything again now. */
  wake() {
    this.#announce("wake");
    // A stream that slept with its computer looks open for ever; the server beats every 15 s.
    if (Date.now() - this.#lastByteAt > 16_000) this.#reading?.abort();
    this.#flush();
    if (this.#loaded && this.#loaded === this.#memory.state.id) this.#catchUp(this.#cursor, true).catch(() => this.lost());
  }

  lost() {
    this.#show({ isOffline: true });
  }

  /**
   * For whoever calls the shop in this conversation's name. Rejects when the server cannot be reached, or refuses.
   * @param {{opens?: boolean}} how  `opens: false`: null when nothing was ever said
   * @returns {Promise<{id: string, token: string} | null>}
   */
  session({ opens = true } = {}) {
    // Two tabs open one conversation.
    return this.#locks.request(`${this.#name}:session`, async () => {
      const { id: known, renewedAt = 0 } = this.#memory.state;
      if (known && Date.now() - renewedAt > freshFor) await this.#renewOrForget();
      if (!this.#memory.state.id && opens) await this.#open();
      const { id, token } = this.#memory.state;
      return id && { id, token };
    });
  }

  /**
   * Who is signed in at the page, or null. A conversation of somebody else is left. Rejects when the server cannot be
   * reached, or does not accept the signature.
   * @param {string | null} identity  a token of the page's own server
   */
  async identify(identity) {
    this.#identity = identity;
    const session = await this.session({ opens: false });
    try {
      if (session) await this.#request(`/${session.id}/customer`, { method: "PUT", json: { identity } });
    } catch (problem) {
      if (problem.status !== 409) throw problem;
      // Nor is what the other one wrote said in this one's name.
      this.#memory.keep({ outbox: [] });
      this.#forget(session.id);
      this.#tell({ isOpened: true });
    }
  }

  #post(message) {
    this.#memory.keep({ outbox: [...this.#memory.state.outbox, message] });
    this.#changed();
    this.#flush();
  }

  async #flush() {
    if (this.#isFlushing || !this.#memory.state.outbox.length) return;
    this.#isFlushing = true;
    await this.#inTurn(() => this.#insist(() => this.#memory.state.outbox.length, () => this.#emptyOutbox()));
    this.#isFlushing = false;
    if (!this.#isStopped) this.#flush();
  }

  /** One tab sends at a time, so that messages written in two tabs keep their order. */
  #inTurn(work) {
    return this.#locks.request(`${this.#name}:outbox`, work);
  }

  /** Tries as long as it is wanted, however often the network or the server fails. */
  async #insist(isWanted, work) {
    for (let failures = 0; isWanted() && !this.#isStopped; ) {
      try {
        await work();
        failures = 0;
      } catch (problem) {
        await this.#overcome(problem, ++failures);
      }
    }
  }

  async #emptyOutbox() {
    await this.session();
    const [message] = this.#memory.state.outbox;
    try {
      await this.#deliver(message);
    } catch (problem) {
      if (!isFinal(problem)) throw problem;
      this.#refuse(message, problem);
    }
  }

  async #open() {
    const { id, token, language } = await this.#request("", { method: "POST", json: { language: this.#language, currency: this.#currency, identity: this.#identity } });
    this.#language = language;
    this.#loaded = id;
    this.#memory.keep({ id, token, renewedAt: Date.now() });
    this.#tell({ isOpened: true });
    this.#announce("wake");
  }

  async #deliver({ id, text, choice, filled, files: [file] = [] }) {
    const path = `/${this.#memory.state.id}`;
    if (file) await this.#upload(path, file);
    const said = file ? { file: id } : choice ? { choice } : filled ? { form: filled } : { text };
    const event = await this.#request(`${path}/messages`, { method: "POST", json: { id, ...said } });
    // Not a read of the log: an event before this one may still be unread, so the cursor stays.
    this.#store({ text, ...event }, true);
    this.#drop(id);
    this.#files.delete(id);
    this.#tell({ stored: [event] });
    this.#changed();
  }

  async #upload(path, { id, name, type }) {
    const body = this.#files.get(id);
    if (!body) throw refusal(410, "file_lost");
    await this.#request(`${path}/files/${id}?name=${encodeURIComponent(name)}`, {
      method: "PUT",
      body,
      headers: { "content-type": type },
      signal: AbortSignal.timeout(this.#times.upload),
    });
  }

  #drop(id) {
    this.#memory.keep({ outbox: this.#memory.state.outbox.filter((message) => message.id !== id) });
  }

  #refuse(message, { code }) {
    const refused = { ...message, code };
    this.#drop(message.id);
    this.#refused.set(message.id, refused);
    this.#announce("refused", refused);
    this.#changed();
  }

  async #lead() {
    this.isReader = true;
    await this.#insist(
      () => true,
      async () => {
        if (!this.#memory.state.id) return this.#pause();
        await this.#load();
        return this.#carrier === "stream" ? this.#readStream() : this.#readPoll();
      },
    );
  }

  /** The history, asked for once however many want it. */
  #load() {
    this.#loading ??= this.#loadHistory().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #loadHistory() {
    await this.#insist(
      () => !this.#loaded && this.#memory.state.id,
      async () => {
        const { id } = this.#memory.state;
        this.#show({ isLoading: true });
        await this.#catchUp(0, false);
        this.#loaded = id;
      },
    );
    this.#show({ isLoading: false });
  }

  async #catchUp(after, isLive) {
    for (let events = [null]; events.length; after = events.at(-1)?.seq) {
      ({ events } = await this.#request(`/${this.#memory.state.id}/events?after=${after}`));
      this.#receiveAndTell(events, isLive);
    }
  }

  async #readStream() {
    const reading = (this.#reading = new AbortController());
    let timer;
    let isSilent = true;
    const expectByteIn = (milliseconds) => {
      clearTimeout(timer);
      timer = setTimeout(() => reading.abort(), milliseconds);
    };
    expectByteIn(this.#times.firstByte);
    try {
      const path = `/${this.#memory.state.id}/events?after=${this.#cursor}`;
      const response = await this.#fetch(path, { headers: { accept: "text/event-stream" }, signal: reading.signal });
      await readServerSentEvents(
        response.body,
        ({ type, data }) => this.#heard(type, JSON.parse(data)),
        () => {
          isSilent = false;
          this.#lastByteAt = Date.now();
          expectByteIn(this.#times.silence);
        },
      );
    } catch (problem) {
      // What was cut after it had brought something is no failure: the next stream goes on where it ended.
      if (isSilent && !reading.signal.aborted) throw problem;
      // Some proxies hold a stream back until it ends.
      if (isSilent) this.#carrier = "poll";
    } finally {
      clearTimeout(timer);
    }
    await this.#pause(this.#times.retry);
  }

  async #readPoll() {
    const reading = (this.#reading = new AbortController());
    const timer = setTimeout(() => reading.abort(), this.#times.silence);
    const startedAt = Date.now();
    try {
      const path = `/${this.#memory.state.id}/events?after=${this.#cursor}&wait=25&live=true`;
      const { events, next: _, ...live } = await this.#request(path, { signal: reading.signal });
      this.#receiveAndTell(events);
      this.#takeAndTell(live);
      if (!events.length && !live.is_typing && Date.now() - startedAt < 1_000) await this.#pause(1_000);
    } finally {
      clearTimeout(timer);
    }
  }

  #heard(type, data) {
    if (type === "message") this.#receiveAndTell([data]);
    else this.#takeAndTell({ typing: data, read: { read: data.seq }, cart: { cart: data } }[type] ?? {});
  }

  #takeAndTell(live) {
    this.#take(live);
    this.#tell({ live });
  }

  /** What is said beside the log. @param {{is_typing?: boolean, read?: number, cart?: {quantity: number, version: number}}} live */
  #take({ is_typing: isTyping = this.isTyping, read = 0, cart }) {
    this.isTyping = isTyping;
    this.read = Math.max(this.read, read);
    if (cart && cart.version !== this.#cartVersion) {
      this.#cartVersion = cart.version;
      this.#announce("cart", cart);
    }
    this.#changed();
  }

  /** Whatever the reader reads, its own history too, it tells: the others move their cursors by that. */
  #receiveAndTell(events, isLive = true) {
    this.#receive(events, isLive);
    if (this.isReader) this.#tell({ events });
  }

  #receive(events, isLive) {
    for (const event of events) {
      this.#store(event, isLive);
      this.#cursor = Math.max(this.#cursor, event.seq);
      if (event.sender !== "customer") this.isTyping = false;
    }
    this.#changed();
  }

  #store(event, isLive) {
    const known = this.#events.get(event.seq);
    this.#events.set(event.seq, { ...known, ...event });
    if (isLive && !known) this.#announce("message", event);
  }

  #hear({ events = [], stored = [], live = {}, isOpened }) {
    if (isOpened) {
      this.#empty();
      this.#load();
      this.#announce("wake");
    }
    for (const event of stored) this.#store(event, true);
    this.#receive(events, this.#loaded);
    this.#take(live);
  }

  async #overcome(problem, failures) {
    if (problem.status === 401 && failures < 3) return this.#renewOrForget().catch(() => this.#pause(this.#backOff(failures)));
    if (problem.status === 404) return this.#forget(problem.conversation);
    if (failures > 1) this.lost();
    const seconds = problem.retryAfterSeconds;
    return this.#pause(seconds ? seconds * 1_000 : this.#backOff(failures));
  }

  #renewOrForget() {
    return this.#renew().catch((problem) => {
      if (!(problem.status >= 400 && problem.status < 500)) throw problem;
      this.#forget(problem.conversation);
    });
  }

  async #renew() {
    const { id } = this.#memory.state;
    const { token } = await this.#request(`/${id}/token`, { method: "POST" });
    this.#memory.keep({ token, renewedAt: Date.now() });
  }

  /** The server no longer knows the conversation. What was waiting goes to the next one, choices and forms as their words. */
  #forget(id) {
    const { id: current, outbox } = this.#memory.state;
    if (id !== current) return;
    this.#memory.keep({ ...nothingKept, outbox: outbox.map(({ id, text, files }) => ({ id, text, files })) });
    this.#empty();
    this.#changed();
  }

  #empty() {
    this.#reading?.abort();
    this.#events.clear();
    this.#cursor = 0;
    this.#loaded = null;
    this.read = 0;
  }

  #backOff(failures) {
    return Math.min(30_000, this.#times.retry * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
  }

  /** Until woken, or for so many milliseconds at most. */
  #pause(milliseconds) {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.removeEventListener("wake", end);
        resolve();
      };
      const timer = milliseconds && setTimeout(end, milliseconds);
      this.addEventListener("wake", end);
    });
  }

  async #request(path, options) {
    return (await this.#fetch(path, options)).json();
  }

  async #fetch(path, { method = "GET", json, body = json && JSON.stringify(json), headers = {}, signal } = {}) {
    const { id, token } = this.#memory.state;
    const response = await fetch(`${this.#server}/api/conversations${path}`, {
      method,
      signal: signal ?? AbortSignal.timeout(this.#times.silence),
      credentials: "omit",
      cache: "no-store",
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(json && { "content-type": "application/json" }),
        ...headers,
      },
      body,
    });
    this.#show({ isOffline: false });
    if (response.ok) return response;
    const { error } = await response.json().catch(() => ({}));
    throw refusal(response.status, error, { conversation: id, retryAfterSeconds: response.headers.get("retry-after") });
  }

  #tell(news) {
    if (!this.#isStopped) this.#channel?.postMessage(news);
  }

  #show(state) {
    Object.assign(this, state);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  #announce(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** Sending the same message again at once would be refused again. */
function isFinal({ status, code }) {
  return code === "too_many_files" || (status >= 400 && status < 500 && ![401, 404, 408, 429].includes(status));
}
