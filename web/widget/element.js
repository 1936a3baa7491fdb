import { html, nothing, render } from "lit/html.js";
import { Conversation, fileTypes } from "./core.js";
import { bell, bubble, clip, cross, plane } from "./icons.js";
import { choicesTemplate, messageTemplate, narrated, refusalOf } from "./message.js";
import css from "./panel.css";
import { chime } from "./sound.js";
import { chooseLanguage, counted, textsOf } from "./texts.js";

const longest = 2_000;
const otherTabsMilliseconds = 300;
const style = new CSSStyleSheet();
style.replaceSync(css);
const phone = matchMedia("(max-width: 520px), (max-height: 480px)");

/**
 * The shop's chat. Attributes: `language`, `currency`, `server` (default: this page's), `shop` (the name in the header).
 * Events: `comptoir:open`, `comptoir:close`, `comptoir:unread` (detail.count), `comptoir:message` (detail: the event of
 * the log), `comptoir:cart` (detail: quantity and version).
 */
class ComptoirChat extends HTMLElement {
  static observedAttributes = ["language", "shop"];

  #conversation;
  #words;
  #code;
  #isDrawing = false;
  #isOpen = false;
  #isAtBottom = true;
  #isScrolledUp = false;
  #rowCount = 0;
  #left = longest;
  #unread = 0;
  #failure = "";

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [style];
  }

  connectedCallback() {
    /** Settles when the chat can be opened. */
    this.ready = this.#speak().then(() => this.#begin());
  }

  #begin() {
    this.#conversation = new Conversation({
      server: this.#server,
      language: this.#code,
      currency: this.getAttribute("currency") ?? undefined,
    });
    this.#conversation.addEventListener("change", this.#changed);
    this.#conversation.addEventListener("message", this.#arrived);
    this.#conversation.addEventListener("refused", this.#refused);
    this.#conversation.addEventListener("cart", ({ detail }) => this.#emit("cart", detail));
    this.#conversation.start();
    for (const type of ["online", "offline"]) addEventListener(type, this.#noticed);
    document.addEventListener("visibilitychange", this.#noticed);
    phone.addEventListener("change", this.#refit);
    this.#draw();
    // In the browser's top layer nothing that the page does to its own elements moves or covers the chat.
    this.#find("section").showPopover?.();
  }

  attributeChangedCallback() {
    if (this.ready) this.#speak();
  }

  /** In the language that is wanted now. */
  async #speak() {
    const code = chooseLanguage(this.getAttribute("language"), document.documentElement.lang);
    this.#words = await textsOf(code);
    this.#code = code;
    this.#redraw();
  }

  disconnectedCallback() {
    this.#conversation?.stop();
    for (const type of ["online", "offline"]) removeEventListener(type, this.#noticed);
    document.removeEventListener("visibilitychange", this.#noticed);
    phone.removeEventListener("change", this.#refit);
  }

  open() {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#isAtBottom = true;
    this.#draw();
    this.#show();
    this.#find("textarea").focus();
    this.#conversation.markSeen();
    this.#emit("open");
  }

  close() {
    if (!this.#isOpen) return;
    this.#find("dialog").close();
    this.#isOpen = false;
    this.#draw();
    this.#find(".launcher").focus();
    this.#emit("close");
  }

  toggle() {
    this.#isOpen ? this.close() : this.open();
  }

  /** @param {string} text */
  send(text) {
    const words = text.trim().slice(0, longest);
    if (!words) return;
    this.#isAtBottom = true;
    this.#conversation.send(words);
  }

  /** @see Conversation.identify */
  identify(identity) {
    return this.#conversation.identify(identity);
  }

  /** @see Conversation.session */
  session(how) {
    return this.#conversation.session(how);
  }

  /** @param {string} language */
  setLanguage(language) {
    this.setAttribute("language", language);
  }

  /** @param {boolean} isOn  for messages that arrive while the chat is closed or the page hidden; off until asked for */
  setSound(isOn) {
    this.#conversation.setSound(isOn);
    if (isOn) chime();
  }

  get #server() {
    return this.getAttribute("server") ?? "";
  }

  #choose = (choice) => {
    this.#isAtBottom = true;
    this.#conversation.choose(choice);
  };

  #fill = (form) => {
    // Its button is disabled now.
    this.#focusLog();
    this.#isAtBottom = true;
    this.#conversation.fillIn(form);
  };

  /** Files that were picked, pasted or dropped. Text that is pasted may bring a picture of itself along: the text counts. */
  #attach = (event) => {
    const { files, types } = event.clipboardData ?? event.dataTransfer ?? event.target;
    if (!files.length || types?.includes("text/plain")) return;
    event.preventDefault();
    this.#isAtBottom = true;
    for (const file of files) this.#conversation.attach(file);
    event.target.value = "";
  };

  #wish = ({ title }) => {
    this.send(title.replace("\xa0", " "));
  };

  #retry = (id) => {
    this.#conversation.retry(id);
  };

  #changed = () => {
    if (this.#isOpen && !document.hidden) this.#conversation.markSeen();
    this.#redraw();
  };

  #arrived = ({ detail }) => {
    this.#emit("message", detail);
    if (detail.sender === "customer") return;
    const sentence = document.createElement("p");
    sentence.lang = detail.language;
    sentence.textContent = narrated(detail, this.#words);
    if (detail.status?.kind === "owner") this.#find(".owner").replaceChildren(sentence);
    else this.#find("[role=log]").append(sentence);
    if (this.#conversation.hasSound) setTimeout(this.#ring, otherTabsMilliseconds);
  };

  /** Once for all tabs, and not when another one shows the message. */
  #ring = () => {
    if (this.#conversation.isReader && this.#conversation.unread) chime();
  };

  #refused = ({ detail: { code, text, files } }) => {
    this.#failure = `${refusalOf(code, this.#words)}: ${text ?? files[0].name}`;
  };

  #noticed = ({ type }) => {
    if (type === "offline") this.#conversation.lost();
    else if (!document.hidden) this.#conversation.wake();
    this.#changed();
  };

  #refit = () => {
    if (!this.#isOpen) return;
    const { activeElement } = this.shadowRoot;
    this.#find("dialog").close();
    this.#show();
    activeElement?.focus();
  };

  #show() {
    const dialog = this.#find("dialog");
    if (phone.matches) dialog.showModal();
    else dialog.show();
    this.#scrollToEnd();
  }

  #find(selector) {
    return this.shadowRoot.querySelector(selector);
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(`comptoir:${name}`, { detail, bubbles: true, composed: true }));
  }

  #keyInPanel(press) {
    if (press.key !== "Escape" || press.isComposing) return;
    press.preventDefault();
    this.close();
  }

  #keyInComposer(press) {
    if (press.key !== "Enter" || press.shiftKey || press.isComposing) return;
    press.preventDefault();
    press.target.form.requestSubmit();
  }

  #submit(submission) {
    submission.preventDefault();
    const composer = this.#find("textarea");
    this.send(composer.value);
    composer.value = "";
    this.#written();
    composer.focus();
  }

  #written() {
    const composer = this.#find("textarea");
    this.#left = longest - composer.value.length;
    this.#redraw();
    composer.style.height = "auto";
    composer.style.height = `${composer.scrollHeight}px`;
  }

  #scrolled({ target }) {
    this.#isAtBottom = target.scrollHeight - target.scrollTop - target.clientHeight < 48;
    if (!this.#isAtBottom || !this.#isScrolledUp) return;
    this.#isScrolledUp = false;
    this.#redraw();
  }

  #focusLog() {
    this.#find(".log").focus();
  }

  #scrollToEnd() {
    const log = this.#find(".log");
    log.scrollTop = log.scrollHeight;
  }

  /** Soon, and once for all the changes until then. */
  #redraw() {
    if (this.#isDrawing || !this.#conversation) return;
    this.#isDrawing = true;
    queueMicrotask(() => this.#draw());
  }

  #draw() {
    this.#isDrawing = false;
    const { unread, rows } = this.#conversation;
    if (!this.#isAtBottom && rows.length > this.#rowCount) this.#isScrolledUp = true;
    this.#rowCount = rows.length;
    const { activeElement } = this.shadowRoot;
    render(this.#template(), this.shadowRoot, { host: this });
    // What was pressed may vanish, and a link to pay does so by itself: the focus must not vanish with it.
    if (activeElement && !activeElement.isConnected) this.#focusLog();
    if (this.#isAtBottom) this.#scrollToAnswer();
    if (unread === this.#unread) return;
    this.#unread = unread;
    this.#emit("unread", { count: unread });
  }

  /** To the end, but not past the question when its answer is taller than the panel. */
  #scrollToAnswer() {
    const log = this.#find(".log");
    const question = [...log.querySelectorAll(".customer")].at(-1);
    log.scrollTop = Math.min(log.scrollHeight, question ? question.offsetTop - 16 : Infinity);
  }

  #template() {
    const words = this.#words;
    const { unread } = this.#conversation;
    const count = unread ? counted(words, "unread", unread) : "";
    const name = this.#isOpen ? words.close : [words.open, count].filter(Boolean).join(", ");
    return html`
      <section popover="manual" lang=${this.#code} aria-label=${words.chat}>
        <button class="launcher" aria-label=${name} aria-expanded=${this.#isOpen} aria-controls="panel" @click=${this.toggle}>
          ${this.#isOpen ? cross : bubble}
          ${unread ? html`<span class="badge" aria-hidden="true">${unread}</span>` : nothing}
        </button>
        <span class="hidden" role="status">${this.#isOpen ? "" : count}</span>
        ${this.#panel(words)}
      </section>
    `;
  }

  #panel(words) {
    const { rows, isTyping, isOffline, isLoading, hasSound } = this.#conversation;
    const shop = this.getAttribute("shop") ?? "Comptoir";
    const state = isLoading ? words.loading : isTyping ? words.typing : "";
    const note = rows.findLast(({ status }) => status?.kind === "owner")?.status.note ?? words.note;
    return html`
      <dialog
        id="panel"
        aria-labelledby="shop"
        aria-describedby="note"
        @keydown=${this.#keyInPanel}
        @paste=${this.#attach}
        @drop=${this.#attach}
        @dragover=${(drag) => drag.preventDefault()}
        @cancel=${(cancel) => (cancel.preventDefault(), this.close())}
      >
        <header>
          <div>
            <h2 id="shop">${shop}</h2>
            <p id="note">${note}</p>
          </div>
          <button class="round" aria-label=${words.sound} aria-pressed=${hasSound} @click=${() => this.setSound(!hasSound)}>
            ${bell}
          </button>
          <button class="round" aria-label=${words.close} @click=${this.close}>${cross}</button>
        </header>
        <div class="log" role="region" aria-label=${words.messages} aria-busy=${isLoading} tabindex="0" @scroll=${this.#scrolled}>
          <ol role="list">
            ${this.#greeting(rows, words)}
            ${rows.map((row, index) => messageTemplate(row, this.#view(rows, index, words)))}
          </ol>
          ${isTyping ? html`<p class="typing" aria-hidden="true"><i></i><i></i><i></i></p>` : nothing}
        </div>
        ${this.#isScrolledUp
          ? html`<button class="button news" @click=${this.#scrollToEnd}>${words.new_messages}</button>`
          : nothing}
        ${isOffline ? html`<p class="offline">${words.offline}</p>` : nothing}
        <form class="composer" @submit=${this.#submit}>
          <input type="file" accept=${fileTypes} multiple hidden @change=${this.#attach}>
          <button type="button" class="round" aria-label=${words.attach} @click=${() => this.#find("[type=file]").click()}>${clip}</button>
          <textarea
            rows="1"
            maxlength=${longest}
            aria-label=${words.write}
            aria-describedby="left"
            placeholder=${words.write}
            enterkeyhint="send"
            @input=${this.#written}
            @keydown=${this.#keyInComposer}
          ></textarea>
          <button class="round send" aria-label=${words.send}>${plane}</button>
          <p id="left" class="left" role="status">${this.#left <= 200 ? words.characters_left.replace("{count}", this.#left) : ""}</p>
        </form>
        <div class="hidden" role="log" aria-label=${words.chat}></div>
        <div class="hidden owner" role="status"></div>
        <p class="hidden" role="status">${state}</p>
        <p class="hidden" role="alert">${isOffline ? words.offline : this.#failure}</p>
      </dialog>
    `;
  }

  #greeting(rows, words) {
    const wishes = words.wishes.map((title) => ({ title }));
    return html`
      <li class="message assistant">
        <span class="hidden">${words.assistant}: </span>
        <p class="bubble">${words.greeting}</p>
        ${rows.length ? nothing : choicesTemplate(wishes, { words, choose: this.#wish })}
      </li>
    `;
  }

  /** @returns {import("./message.js").View} */
  #view(rows, index, words) {
    const row = rows[index];
    const later = rows.slice(index + 1);
    const answer = later.find(({ sender, delivery }) => sender === "customer" && delivery !== "refused");
    const isPayment = ({ status }) => status?.kind === "payment" && status.order === row.status.order;
    const isLastOfCustomer = row.seq && row.sender === "customer" && !later.some(({ sender }) => sender === "customer");
    const isRead = row.seq <= this.#conversation.read || later.some(({ sender }) => sender !== "system");
    return {
      words,
      server: this.#server,
      answered: answer && (answer.text ?? ""),
      isAsked: !answer && !later.some(({ form }) => form),
      paid: row.status?.kind === "payment" ? (later.findLast(isPayment) ?? row).status : undefined,
      receipt: isLastOfCustomer ? (isRead ? words.read : words.sent) : undefined,
      choose: this.#choose,
      fillIn: this.#fill,
      retry: this.#retry,
    };
  }
}

customElements.define("comptoir-chat", ComptoirChat);
