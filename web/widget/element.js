import { html, nothing, render } from "lit/html.js";
import { Conversation } from "./core.js";
import { bubble, cross, down, plane } from "./icons.js";
import { choicesTemplate, messageTemplate, narrated } from "./message.js";
import css from "./panel.css";
import { chooseLanguage, counted, textsOf } from "./texts.js";

const longest = 2_000;
const style = new CSSStyleSheet();
style.replaceSync(css);
const phone = matchMedia("(max-width: 520px), (max-height: 480px)");

/**
 * The shop's chat. Attributes: `language`, `currency`, `server` (default: this page's), `shop` (the name in the header).
 * Events: `comptoir:open`, `comptoir:unread` (detail.count), `comptoir:message` (detail: the event of the log).
 */
class ComptoirChat extends HTMLElement {
  static observedAttributes = ["language", "shop"];

  #conversation;
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
    this.#conversation = new Conversation({
      server: this.getAttribute("server") ?? "",
      language: this.#code,
      currency: this.getAttribute("currency") ?? undefined,
    });
    this.#conversation.addEventListener("change", this.#changed);
    this.#conversation.addEventListener("message", this.#arrived);
    this.#conversation.addEventListener("refused", this.#refused);
    this.#conversation.start();
    for (const type of ["online", "offline"]) addEventListener(type, this.#noticed);
    document.addEventListener("visibilitychange", this.#noticed);
    phone.addEventListener("change", this.#refit);
    this.#draw();
  }

  attributeChangedCallback() {
    this.#redraw();
  }

  disconnectedCallback() {
    this.#conversation.stop();
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

  /** @param {string} language */
  setLanguage(language) {
    this.setAttribute("language", language);
  }

  get #code() {
    return chooseLanguage(this.getAttribute("language"), document.documentElement.lang);
  }

  #choose = (choice) => {
    this.#isAtBottom = true;
    this.#conversation.choose(choice);
  };

  #wish = ({ title }) => {
    this.#focusLog();
    this.send(title.replace("\xa0", " "));
  };

  #retry = (id) => {
    this.#focusLog();
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
    sentence.textContent = narrated(detail, textsOf(chooseLanguage(detail.language, this.#code)));
    this.#find("[role=log]").append(sentence);
  };

  #refused = ({ detail }) => {
    const words = textsOf(this.#code);
    this.#failure = `${words[`refused_${detail.code}`] ?? words.refused}: ${detail.text}`;
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

  #readNews() {
    this.#focusLog();
    this.#scrollToEnd();
  }

  /** For buttons that vanish when they are pressed: the focus must not vanish with them. */
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
    render(this.#template(), this.shadowRoot, { host: this });
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
    const words = textsOf(this.#code);
    const { unread } = this.#conversation;
    const count = unread ? counted(words, "unread", unread) : "";
    const name = this.#isOpen ? words.close : [words.open, count].filter(Boolean).join(", ");
    return html`
      <section lang=${this.#code} aria-label=${words.chat}>
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
    const { rows, isTyping, isOffline, isLoading } = this.#conversation;
    const shop = this.getAttribute("shop") ?? "Comptoir";
    const state = isLoading ? words.loading : isTyping ? words.typing : "";
    return html`
      <dialog
        id="panel"
        aria-labelledby="shop"
        aria-describedby="note"
        @keydown=${this.#keyInPanel}
        @cancel=${(cancel) => (cancel.preventDefault(), this.close())}
      >
        <header>
          <span class="sign" aria-hidden="true">${shop[0]}</span>
          <div>
            <h2 id="shop">${shop}</h2>
            <p id="note">${words.note}</p>
          </div>
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
          ? html`<button class="button news" @click=${this.#readNews}>${down}${words.new_messages}</button>`
          : nothing}
        ${isOffline ? html`<p class="offline">${words.offline}</p>` : nothing}
        <form @submit=${this.#submit}>
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

  #view(rows, index, words) {
    const answer = rows.slice(index + 1).find(({ sender }) => sender === "customer");
    return {
      words,
      answered: answer?.text,
      choose: this.#choose,
      retry: this.#retry,
    };
  }
}

customElements.define("comptoir-chat", ComptoirChat);
