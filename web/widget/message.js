// One message of the log as templates. Texts are only ever text; addresses are only ever http or https.

import { html, nothing } from "lit/html.js";
import { clip } from "./icons.js";
import { counted } from "./texts.js";

/** @typedef {import("./core.js").Row} Row */

/** @returns {string | undefined} the address, if it leads to a page and nowhere else; paths are the server's */
function webAddress(url, server) {
  try {
    const { protocol, href } = new URL(url, new URL(server, location.href));
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
 * @typedef {object} View  how a row stands among the others
 * @property {Record<string, string>} words
 * @property {string} server  where paths lead to
 * @property {string} [answered] what the customer said after this message, undefined while there is nothing
 * @property {boolean} isAsked  nobody has answered its form, and no later one asks instead
 * @property {object} [paid] the status of its payment by now
 * @property {string} [receipt] whether it was read, for the customer's last message
 * @property {(choice: object) => void} choose
 * @property {(form: Record<string, string>) => void} fillIn
 * @property {(id: string) => void} retry
 */

/** @param {Row} row @param {View} view */
export function messageTemplate(row, view) {
  const { words, receipt } = view;
  return html`
    <li class="message ${row.sender} ${row.delivery ?? ""}" lang=${row.language}>
      <span class=${row.sender === "staff" ? "sender" : "hidden"}>${row.name ?? words[row.sender]}<span class="hidden">: </span></span>
      ${row.table ? tableTemplate(row) : bubbleOf(row.text)}
      ${filesTemplate(row, view)}
      ${statusTemplate(row, view)}
      ${cardsTemplate(row.cards, view)}
      ${linksTemplate(row.links, view)}
      ${formTemplate(row.form, view)}
      ${choicesTemplate(row.choices, view, row.status?.kind)}
      ${deliveryTemplate(row, view)}
      ${receipt ? html`<p class="receipt">${receipt}</p>` : nothing}
    </li>
  `;
}

function deliveryTemplate({ id, delivery, code }, { words, retry }) {
  if (delivery === "waiting") return html`<p class="delivery">${words.waiting}</p>`;
  if (delivery !== "refused") return nothing;
  return html`
    <p class="delivery">
      ${refusalOf(code, words)}
      ${/^file_/.test(code) ? nothing : html`<button class="button" @click=${() => retry(id)}>${words.retry}</button>`}
    </p>
  `;
}

/** Why a message was not sent, in words. */
export function refusalOf(code, words) {
  return [words.refused, words[code]].filter(Boolean).join(": ");
}

/** @param {string} [kind] of the question: the five of a satisfaction stand in a row */
export function choicesTemplate(choices, { words, choose, answered }, kind) {
  if (!choices?.length) return nothing;
  const isOver = answered != null;
  return html`
    <ul class="choices ${kind ?? ""}" role="list" aria-label=${words.answers}>
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

function formTemplate(form, { isAsked, fillIn }) {
  if (!form) return nothing;
  const submitted = (submission) => {
    submission.preventDefault();
    fillIn(Object.fromEntries(new FormData(submission.target)));
  };
  return html`
    <form class="fields" @submit=${submitted}>
      <fieldset ?disabled=${!isAsked}>
        ${form.fields.map(
          ({ name, label, autocomplete, required, value }) => html`
            <label
              ><span>${label}</span>
              <input name=${name} autocomplete=${autocomplete ?? nothing} ?required=${required} value=${value ?? ""} maxlength="200"
            ></label>
          `,
        )}
        <button class="button primary">${form.submit}</button>
      </fieldset>
    </form>
  `;
}

function filesTemplate({ files }, { words, server }) {
  return files?.map(({ name, type, url }) => {
    const address = url && webAddress(url, server);
    if (!address) return html`<p class="bubble file">${clip}${name}</p>`;
    const isPicture = type.startsWith("image/");
    return html`
      <a class="bubble file ${isPicture ? "picture" : ""}" href=${address} target="_blank" rel="noopener"
        >${isPicture ? html`<img src=${address} alt=${name}>` : [clip, name]}<span class="hidden"> (${words.new_tab})</span></a>
    `;
  });
}

// The paragraphs after the text's first line say the same, to readers without tables.
const tableTemplate = ({ table, text }) => html`
  <div class="bubble table" tabindex="0">
    <table>
      <caption>${text.split("\n")[0]}</caption>
      <tr>
        <td></td>
        ${table.columns.map(({ title }) => html`<th scope="col">${title}</th>`)}
      </tr>
      ${table.rows.map(
        ({ name, values }) => html`
          <tr>
            <th scope="row">${name}</th>
            ${values.map((value) => html`<td>${value}</td>`)}
          </tr>
        `,
      )}
    </table>
  </div>
`;

function linksTemplate(links, { words, server, paid }) {
  return (links ?? []).map(({ title, url, kind }) => {
    const address = webAddress(url, server);
    if (!address) return nothing;
    if (kind === "payment" && isSettled(paid)) return html`<p class="button over">${paid.title}</p>`;
    return html`
      <a class="button ${kind === "payment" ? "primary" : ""}" href=${address} target="_blank" rel="noopener"
        >${title}<span class="hidden"> (${words.new_tab})</span></a>
    `;
  });
}

function cardsTemplate(cards, view) {
  if (!cards?.length) return nothing;
  return html`
    <ul class="cards ${cards[1] ? "carousel" : ""}" role="list" aria-label=${counted(view.words, "products", cards.length)} tabindex="0">
      ${cards.map((card) => html`<li class="card">${cardTemplate(card, view)}</li>`)}
    </ul>
  `;
}

function cardTemplate({ title, subtitle, price, image, url, choices = [] }, { words, choose, server }) {
  const picture = webAddress(image, server);
  const address = url && webAddress(url, server);
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

/** There is nothing more to pay, or nothing to pay any more. */
const isSettled = (payment) => /^(paid|expired|refunded)$/.test(payment?.state);

function statusTemplate({ status, links = [] }, { words, paid = status }) {
  if (status?.steps) return parcelTemplate(status, words);
  const isOnButton = isSettled(paid) && links.some(({ kind }) => kind === "payment");
  return paid?.title && !isOnButton ? html`<p class="state ${paid.state}">${paid.title}</p>` : nothing;
}

function parcelTemplate({ steps, step }, words) {
  return html`
    <ol class="parcel" role="list" aria-label=${words.parcel}>
      ${steps.map(
        (name, index) => html`
          <li class=${index <= step ? "done" : ""} aria-current=${index === step ? "step" : nothing}>${name}</li>
        `,
      )}
    </ol>
  `;
}

/** The message as one plain sentence, for a screen reader that hears it arrive. @param {Row} row */
export function narrated({ sender, name, text, files, status, cards, links, form, choices }, words) {
  const products = cards?.map(({ title, price }) => [title, price].filter(Boolean).join(", "));
  const listed = (list, part = "title") => list?.map((one) => one[part]).join(", ");
  const parts = [
    text,
    listed(files, "name"),
    status?.steps?.[status.step] ?? status?.title,
    products?.length && `${counted(words, "products", products.length)}: ${products.join("; ")}`,
    listed(links),
    listed(form?.fields, "label"),
    choices?.length && `${words.answers}: ${listed(choices)}`,
  ].filter(Boolean);
  const sentences = parts.map((part) => (/[?!]$/.test(part) ? part : part.replace(/[\s.:]*$/, ".")));
  return `${name ?? words[sender]}: ${sentences.join(" ")}`;
}
