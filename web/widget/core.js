// The conversation with the shop, without any interface: a durable outbox, one reader per browser, the log as truth.

/**
 * @typedef {{id: string, title: string}} Choice
 * @typedef {{title: string, subtitle?: string, price?: string, image?: string, url?: string, choices?: Choice[]}} Card
 * @typedef {{seq: number, at: string, sender: "customer"|"assistant"|"staff"|"system", language: string, id?: string,
 *   text?: string, choices?: Choice[], cards?: Card[], links?: {title: string, url: string, kind: string}[],
 *   status?: {kind: string, step?: number, state?: string}}} StoredEvent
 * @typedef {{id: string, text: string, choice?: string, code?: string}} Pending  a customer's message not yet stored
 * @typedef {(StoredEvent | Pending) & {delivery?: "sending"|"waiting"|"refused"}} Row
 */

import { readServerSentEvents } from "./stream.js";

const nothingKept = { id: null, token: null, seen: 0, outbox: [] };

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
      this.#storage = null;
    }
  }
}

/** The server's answer was not a 2xx. */
class Refusal extends Error {
  constructor(status, code, retryAfterSeconds) {
    super(code);
    Object.assign(this, { status, code, retryAfterSeconds });
  }
}

const withoutLocks = { request: (_name, work) => work() };

function randomUuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Pages served without TLS (a shop tried out in a local network) have no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function browserStorage() {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}

/**
 * Tells of itself by events: `change` (redraw), `message` (detail: an event that arrived just now, not history),
 * `refused` (detail: the pending message with the server's `code`).
 */
export class Conversation extends EventTarget {
  isTyping = false;
  isOffline = false;
  isLoading = false;

  #server;
  #language;
  #currency;
  #locks;
  #times;
  #memory;
  #channel;
  #name;
  #events = new Map();
  #refused = new Map();
  #cursor = 0;
  #loaded = null;
  #loading = null;
  #carrier = "stream";
  #reading = null;
  #lastByteAt = 0;
  #isFlushing = false;
  #isStopped = false;

  constructor({ server = "", language, currency, storage = browserStorage(), locks = globalThis.navigator?.locks, times = {} }) {
    super();
    this.#server = server;
    this.#language = language;
    this.#currency = currency;
    this.#locks = locks ?? withoutLocks;
    this.#times = { firstByte: 5_000, silence: 40_000, retry: 500, ...times };
    this.#name = `comptoir:${server}`;
    this.#memory = new Memory(this.#name, storage);
    this.#channel = globalThis.BroadcastChannel && new BroadcastChannel(this.#name);
    if (this.#channel) this.#channel.onmessage = ({ data }) => this.#hear(data);
  }

  start() {
    if (this.#memory.state.id) this.#follow();
    this.#flush();
    this.#locks.request(`${this.#name}:reader`, () => this.#lead());
  }

  stop() {
    this.#isStopped = true;
    this.#reading?.abort();
    this.#channel?.close();
    this.dispatchEvent(new Event("wake"));
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
    this.#tell({ kind: "seen" });
    this.#changed();
  }

  send(text) {
    this.#post({ id: randomUuid(), text });
  }

  /** @param {Choice} choice */
  choose({ id, title }) {
    this.#post({ id: randomUuid(), choice: id, text: title });
  }

  retry(id) {
    const { code: _, ...message } = this.#refused.get(id);
    this.#refused.delete(id);
    this.#post(message);
  }

  /** The page is visible or the network is back: try everything again now. */
  wake() {
    this.dispatchEvent(new Event("wake"));
    // A stream that slept with its computer looks open for ever; the server beats every 15 s.
    if (Date.now() - this.#lastByteAt > 16_000) this.#reading?.abort();
    this.#flush();
    if (this.#loaded && this.#loaded === this.#memory.state.id) this.#catchUp(this.#cursor, true).catch(() => this.lost());
  }

  lost() {
    if (this.isOffline) return;
    this.isOffline = true;
    this.#changed();
  }

  #post(message) {
    this.#memory.keep({ outbox: [...this.#memory.state.outbox, message] });
    this.#changed();
    this.#flush();
  }

  async #flush() {
    if (this.#isFlushing || this.#isStopped || !this.#memory.state.outbox.length) return;
    this.#isFlushing = true;
    // One tab sends at a time, so that messages written in two tabs keep their order.
    await this.#locks.request(`${this.#name}:outbox`, () => this.#emptyOutbox());
    this.#isFlushing = false;
    this.#flush();
  }

  async #emptyOutbox() {
    for (let failures = 0; this.#memory.state.outbox.length && !this.#isStopped; ) {
      const [message] = this.#memory.state.outbox;
      try {
        if (!this.#memory.state.id) await this.#open();
        await this.#deliver(message);
        failures = 0;
      } catch (problem) {
        if (isFinal(problem)) this.#refuse(message, problem);
        else await this.#overcome(problem, ++failures);
      }
    }
  }

  async #open() {
    const { id, token, language } = await this.#request("", { method: "POST", json: { language: this.#language, currency: this.#currency } });
    this.#language = language;
    this.#loaded = id;
    this.#memory.keep({ id, token });
    this.#tell({ kind: "opened" });
    this.dispatchEvent(new Event("wake"));
  }

  async #deliver({ id, text, choice }) {
    const conversation = this.#memory.state.id;
    const json = choice ? { id, choice } : { id, text };
    const event = await this.#request(`/${conversation}/messages`, { method: "POST", json });
    // Not a read of the log: an event before this one may still be unread, so the cursor stays.
    this.#store({ text, ...event }, true);
    this.#drop(id);
    this.#tell({ kind: "stored", events: [event] });
    this.#changed();
  }

  #drop(id) {
    this.#memory.keep({ outbox: this.#memory.state.outbox.filter((message) => message.id !== id) });
  }

  #refuse(message, { code }) {
    const refused = { ...message, code };
    this.#drop(message.id);
    this.#refused.set(message.id, refused);
    this.dispatchEvent(new CustomEvent("refused", { detail: refused }));
    this.#changed();
  }

  async #lead() {
    for (let failures = 0; !this.#isStopped; ) {
      if (!this.#memory.state.id) {
        await this.#pause();
        continue;
      }
      try {
        if (!this.#loaded) await this.#load();
        await (this.#carrier === "stream" ? this.#readStream() : this.#readPoll());
        failures = 0;
      } catch (problem) {
        await this.#overcome(problem, ++failures);
      }
    }
  }

  async #follow() {
    for (let failures = 0; !this.#loaded && this.#memory.state.id && !this.#isStopped; ) {
      try {
        await this.#load();
      } catch (problem) {
        await this.#overcome(problem, ++failures);
      }
    }
  }

  /** The history, asked for once however many want it. */
  #load() {
    this.#loading ??= this.#loadHistory().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #loadHistory() {
    const { id } = this.#memory.state;
    this.isLoading = true;
    this.#changed();
    try {
      await this.#catchUp(0, false);
      this.#loaded = id;
    } finally {
      this.isLoading = false;
      this.#changed();
    }
  }

  async #catchUp(after, isLive) {
    for (let events = [null]; events.length; after = events.at(-1)?.seq) {
      ({ events } = await this.#request(`/${this.#memory.state.id}/events?after=${after}`));
      this.#receive(events, isLive);
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
      if (!reading.signal.aborted) throw problem;
      // Some proxies hold a stream back until it ends.
      if (isSilent) this.#carrier = "poll";
      return;
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
      const path = `/${this.#memory.state.id}/events?after=${this.#cursor}&wait=25`;
      const { events } = await this.#request(path, { signal: reading.signal });
      this.#receiveAndTell(events);
      if (!events.length && Date.now() - startedAt < 1_000) await this.#pause(1_000);
    } finally {
      clearTimeout(timer);
    }
  }

  #heard(type, data) {
    if (type === "message") this.#receiveAndTell([data]);
    if (type === "typing") {
      this.#setTyping(data.is_typing);
      this.#tell({ kind: "typing", isTyping: data.is_typing });
    }
  }

  #receiveAndTell(events) {
    this.#receive(events, true);
    if (events.length) this.#tell({ kind: "events", events });
  }

  #receive(events, isLive) {
    for (const event of events) {
      this.#store(event, isLive);
      this.#cursor = Math.max(this.#cursor, event.seq);
      if (event.sender !== "customer") this.isTyping = false;
    }
    if (events.length) this.#changed();
  }

  #store(event, isLive) {
    const known = this.#events.get(event.seq);
    this.#events.set(event.seq, { ...known, ...event });
    if (isLive && !known) this.dispatchEvent(new CustomEvent("message", { detail: event }));
  }

  #setTyping(isTyping) {
    this.isTyping = isTyping;
    this.#changed();
  }

  #hear({ kind, events, isTyping }) {
    if (kind === "events") this.#receive(events, true);
    if (kind === "stored") events.forEach((event) => this.#store(event, true));
    if (kind === "typing") this.#setTyping(isTyping);
    if (kind === "opened") {
      this.#empty();
      this.#follow();
      this.dispatchEvent(new Event("wake"));
    }
    this.#changed();
  }

  async #overcome(problem, failures) {
    if (problem.status === 401 && failures < 3) return this.#renew().catch((refusal) => this.#afterRenewalFailed(refusal, failures));
    if (problem.status === 404) return this.#forget(problem.conversation);
    if (failures > 1) this.lost();
    const seconds = problem.retryAfterSeconds;
    return this.#pause(seconds ? seconds * 1_000 : this.#backOff(failures));
  }

  #afterRenewalFailed(refusal, failures) {
    if (refusal.status >= 400 && refusal.status < 500) return this.#forget(refusal.conversation);
    return this.#pause(this.#backOff(failures));
  }

  async #renew() {
    const { id } = this.#memory.state;
    const { token } = await this.#request(`/${id}/token`, { method: "POST" });
    this.#memory.keep({ token });
  }

  /** The server no longer knows the conversation. What was waiting goes to the next one, choices as their words. */
  #forget(id) {
    const { id: current, outbox } = this.#memory.state;
    if (id !== current) return;
    this.#memory.keep({ ...nothingKept, outbox: outbox.map(({ id, text }) => ({ id, text })) });
    this.#empty();
    this.#changed();
  }

  #empty() {
    this.#events.clear();
    this.#cursor = 0;
    this.#loaded = null;
  }

  #backOff(failures) {
    return Math.min(30_000, this.#times.retry * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
  }

  /** Until woken, or for so many milliseconds at most. */
  #pause(milliseconds) {
    return new Promise((resolve) => {
      const timer = milliseconds && setTimeout(resolve, milliseconds);
      const wake = () => {
        clearTimeout(timer);
        resolve();
      };
      this.addEventListener("wake", wake, { once: true });
    });
  }

  async #request(path, options) {
    return (await this.#fetch(path, options)).json();
  }

  async #fetch(path, { method = "GET", json, headers = {}, signal } = {}) {
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
      body: json && JSON.stringify(json),
    });
    this.#reached();
    if (response.ok) return response;
    const { error } = await response.json().catch(() => ({}));
    const refusal = new Refusal(response.status, error, Number(response.headers.get("retry-after")));
    throw Object.assign(refusal, { conversation: id });
  }

  #reached() {
    if (!this.isOffline) return;
    this.isOffline = false;
    this.#changed();
  }

  #tell(news) {
    if (!this.#isStopped) this.#channel?.postMessage(news);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** Sending the same message again would be refused again. */
function isFinal({ status }) {
  return status >= 400 && status < 500 && ![401, 404, 408, 429].includes(status);
}
