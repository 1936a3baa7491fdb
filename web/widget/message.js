// One message of the log as templates. Texts are only ever text; addresses are only ever http or https.

import { html, nothing } from "lit/html.js";
import { left, right } from "./icons.js";
import { counted } from "./texts.js";

/** @typedef {import("./core.js").Row} Row */

/** @returns {string | undefined} the address, if it leads to a page and nowhere else */
function webAddress(url) {
  try {
    const { protocol, href } = new URL(url, location.href);
    return /^https?:$/.test(protocol) ? href : undefined;
  } catch {
    return undefined;
  }
}

function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]])/).map((part, index) =>
    index % 2 ? html`<a href=${part} target="_blank" rel="noopener">${part}</a>` : part,
  );
}

const bubbleOf = (text) => (text ? html`<p class="bubble" dir="auto">${linked(text)}</p>` : nothing);

// The second click of a double click would put two mugs into the cart.
const once = (act) => (click) => click.detail < 2 && act();

/**
 * @param {Row} row
 * @param {{words: object, choose: (choice: object) => void, retry: (id: string) => void, answered?: string | null}} view
 *   `answered`: the customer's words after this message, null while there are none
 */
export function messageTemplate(row, view) {
  const { words } = view;
  return html`
    <li class="message ${row.sender} ${row.delivery ?? ""}" lang=${row.language}>
      <span class=${row.sender === "staff" ? "sender" : "hidden"}>${words[row.sender]}<span class="hidden">: </span></span>
      ${bubbleOf(row.text)}
      ${statusTemplate(row.status, words)}
      ${cardsTemplate(row.cards, view)}
      ${linksTemplate(row.links, words)}
      ${choicesTemplate(row.choices, view)}
      ${deliveryTemplate(row, view)}
    </li>
  `;
}

function deliveryTemplate({ id, delivery, code }, { words, retry }) {
  if (!delivery) return nothing;
  if (delivery !== "refused") return html`<p class="delivery">${words[delivery]}</p>`;
  return html`
    <p class="delivery">
      ${words[`refused_${code}`] ?? words.refused}
      <button class="plain" @click=${() => retry(id)}>${words.retry}</button>
    </p>
  `;
}

export function choicesTemplate(choices, { words, choose, answered }) {
  if (!choices?.length) return nothing;
  const isOver = answered != null;
  return html`
    <ul class="choices" role="list" aria-label=${words.answers}>
      ${choices.map((choice) => {
        const isChosen = isOver && answered === choice.title;
        return html`
          <li>
            <button
              class="choice ${isChosen ? "chosen" : ""}"
              aria-disabled=${isOver}
              @click=${once(() => isOver || choose(choice))}
            >${choice.title}${isChosen ? html`<span class="hidden"> (${words.chosen})</span>` : nothing}</button>
          </li>
        `;
      })}
    </ul>
  `;
}

function linksTemplate(links, words) {
  return (links ?? []).map(({ title, url, kind }) => {
    const address = webAddress(url);
    if (!address) return nothing;
    return html`
      <a class="button ${kind === "payment" ? "primary" : ""}" href=${address} target="_blank" rel="noopener"
        >${title}<span class="hidden"> (${words.new_tab})</span></a>
    `;
  });
}

function cardsTemplate(cards, view) {
  if (!cards?.length) return nothing;
  const list = html`
    <ul class="cards" role="list" aria-label=${counted(view.words, "products", cards.length)} tabindex="0">
      ${cards.map((card) => html`<li class="card">${cardTemplate(card, view)}</li>`)}
    </ul>
  `;
  if (cards.length === 1) return list;
  return html`
    <div class="carousel">
      ${list}
      <div class="turns">
        <button class="round" aria-label=${view.words.previous} @click=${turn(-1)}>${left}</button>
        <button class="round" aria-label=${view.words.next} @click=${turn(1)}>${right}</button>
      </div>
    </div>
  `;
}

/** One card on; from either end to the other. */
function turn(step) {
  return ({ currentTarget }) => {
    const list = currentTarget.closest(".carousel").querySelector(".cards");
    const width = list.scrollWidth - list.clientWidth;
    const place = Math.abs(list.scrollLeft);
    const isAtEnd = step > 0 ? place >= width - 2 : place <= 2;
    const direction = getComputedStyle(list).direction === "rtl" ? -1 : 1;
    const distance = isAtEnd ? -step * width : step * list.firstElementChild.offsetWidth;
    list.scrollBy({ left: direction * distance });
  };
}

function cardTemplate({ title, subtitle, price, image, url, choices = [] }, { words, choose }) {
  const picture = webAddress(image);
  const address = url && webAddress(url);
  return html`
    ${image && picture
      ? html`<img src=${picture} alt="" width="320" height="320" loading="lazy" decoding="async">`
      : nothing}
    <div class="facts">
      <h3>${address
        ? html`<a href=${address} target="_blank" rel="noopener">${title}<span class="hidden"> (${words.new_tab})</span></a>`
        : title}</h3>
      ${subtitle ? html`<p class="subtitle">${subtitle}</p>` : nothing}
      ${price ? html`<p class="price">${price}</p>` : nothing}
    </div>
    ${choices.map(
      (choice, index) => html`
        <button
          class="button ${index ? "" : "primary"}"
          aria-label="${choice.title}: ${title}"
          @click=${once(() => choose(choice))}
        >${choice.title}</button>
      `,
    )}
  `;
}

function statusTemplate(status, words) {
  if (!status) return nothing;
  if (status.kind === "parcel") return parcelTemplate(status.step, words);
  const name = words[`${status.kind}_${status.state}`];
  return name ? html`<p class="state ${status.state}">${name}</p>` : nothing;
}

function parcelTemplate(step, words) {
  return html`
    <ol class="parcel" role="list" aria-label=${words.parcel}>
      ${words.parcel_steps.map(
        (name, index) => html`
          <li class=${index <= step ? "done" : ""} aria-current=${index === step ? "step" : nothing}>${name}</li>
        `,
      )}
    </ol>
  `;
}

/** The message as one plain sentence, for a screen reader that hears it arrive. @param {Row} row */
export function narrated({ sender, text, status, cards, links, choices }, words) {
  const state = status && (status.kind === "parcel" ? words.parcel_steps[status.step] : words[`${status.kind}_${status.state}`]);
  const products = cards?.map(({ title, price }) => [title, price].filter(Boolean).join(", "));
  const titles = (list) => list?.map(({ title }) => title).join(", ");
  const parts = [
    text,
    state,
    products?.length && `${counted(words, "products", products.length)}: ${products.join("; ")}`,
    titles(links),
    choices?.length && `${words.answers}: ${titles(choices)}`,
  ].filter(Boolean);
  const sentences = parts.map((part) => (/[?!]$/.test(part) ? part : part.replace(/[.:]?$/, ".")));
  return `${words[sender]}: ${sentences.join(" ")}`;
}
