// The conversation's cart on the shop's pages. What is in it is the server's to say, and comes as a part of a page.
import { chat } from "./chat.js";
import { settle } from "./settle.js";

const attempts = 3;
const longestWait = 10_000;
const pauseBeforeNext = 3_000;
const cart = document.getElementById("cart");
const news = document.getElementById("news");

/** The server said no: `error` and `details` say why. */
class Refusal extends Error {
  constructor({ error, details }) {
    super(error);
    this.details = details;
  }
}

// In the header

function showCount(quantity) {
  const count = document.getElementById("cart-count");
  count.textContent = quantity;
  count.hidden = !quantity;
  try {
    localStorage.setItem("comptoir-cart-count", quantity);
  } catch {
    // Where the browser keeps nothing, the count comes with the conversation.
  }
}

function rememberedCount() {
  try {
    return Number(localStorage.getItem("comptoir-cart-count"));
  } catch {
    return 0;
  }
}

// Asking the server

/** Whose cart it is; the chat itself would wait for the network as long as it takes. */
async function session(how) {
  const late = new Promise((_, reject) => setTimeout(reject, longestWait, new Error("late")));
  return Promise.race([chat.then((comptoir) => comptoir.session(how)), late]);
}

/** The answered cart. The same change again, after an answer that did not arrive, is done once: `key` names it. */
async function change(method, path, body, key) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { token } = await session();
      const answer = await fetch(path, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": key },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(longestWait),
      });
      const told = await answer.json();
      if (answer.ok) return told;
      if (told.error === "idempotency_in_flight") await new Promise((later) => setTimeout(later, 1000));
      else if (answer.status < 500) throw new Refusal(told);
      throw new Error(told.error);
    } catch (problem) {
      if (problem instanceof Refusal || !navigator.onLine || attempt === attempts) throw problem;
    }
  }
}

/** One change at a time per element. Its key stays until it is known what became of it. */
async function changeFor(element, method, path, body) {
  const what = JSON.stringify([method, path, body]);
  if (element.change?.what !== what) element.change = { what, key: crypto.getRandomValues(new Uint32Array(4)).join("-") };
  element.ariaBusy = "true";
  try {
    const changed = await change(method, path, body, element.change.key);
    delete element.change;
    if ("count" in changed) showCount(changed.count);
  } catch (problem) {
    if (problem instanceof Refusal) delete element.change;
    throw problem;
  } finally {
    element.ariaBusy = null;
  }
}

// Saying what happened

/** In the page's language: the server wrote all sentences into the page. */
function sentence({ message, details = {} }) {
  const { available } = details;
  const code = message === "insufficient_stock" ? ["sold_out", "last_one"][available] ?? "few_left" : message;
  const { content } = document.getElementById("sentences");
  const words = content.getElementById(details.best ? `${code}-best` : code) ?? content.getElementById("unreachable");
  return words.textContent.replace(/\{(\w+)\}/g, (_, name) => spoken(details[name]));
}

/** An amount in minor units, a day or a list as one reads it, and anything else as it is. */
function spoken(value) {
  const { lang } = document.documentElement;
  if (Array.isArray(value)) return value.join(", ");
  if (value.date) return new Intl.DateTimeFormat(lang, { dateStyle: "long", timeZone: "UTC" }).format(new Date(value.date));
  if (!value.currency) return value;
  const money = new Intl.NumberFormat(lang, { style: "currency", currency: value.currency });
  return money.format(value.amount / 10 ** money.resolvedOptions().maximumFractionDigits);
}

function quantityIn(form) {
  const { value } = form.elements.quantity;
  if (!/^[1-9]\d{0,3}$/.test(value)) throw new Refusal({ error: "no_quantity" });
  return Number(value);
}

/** The day that the customer has ticked: until then something may be waited for. */
const agreedIn = (within) => within.querySelector("[name=agreed]:checked")?.value;

// On the page of a product

async function add(form) {
  if (form.ariaBusy) return;
  const answer = form.querySelector("[role=status]");
  const refusal = form.querySelector("[role=alert]");
  answer.textContent = refusal.textContent = "";
  try {
    await changeFor(form, "POST", "/api/cart/lines", { sku: form.dataset.add, quantity: quantityIn(form), agreed_date: agreedIn(form) });
    answer.append(document.getElementById("added").content.cloneNode(true));
    form.reset();
  } catch (problem) {
    refusal.textContent = sentence(problem);
  }
}

// On the cart's page

let latest;

/** Shows what the cart holds now. Of several at once only the last one counts, and all wait for it. */
function refresh() {
  const mine = reload(() => mine === latest).then(() => mine === latest || latest);
  latest = mine;
  return mine;
}

async function reload(isLatest) {
  try {
    const known = await session({ opens: false });
    const headers = known ? { authorization: `Bearer ${known.token}` } : {};
    const answer = await fetch(`/cart/contents${location.search}`, { headers, signal: AbortSignal.timeout(longestWait) });
    if (!answer.ok) throw new Error(answer.status);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("cart");
    if (isLatest()) show(fresh);
  } catch (problem) {
    if (!isLatest()) return;
    if (cart.dataset.version) return void setTimeout(() => isLatest() && refresh(), pauseBeforeNext);
    cart.ariaBusy = null;
    cart.firstElementChild.textContent = sentence(problem);
  }
}

function show(fresh) {
  const { says } = cart.dataset;
  const typing = document.activeElement;
  settle(cart, fresh);
  for (const field of cart.querySelectorAll("input")) if (field !== typing) field.value = field.defaultValue;
  for (const field of cart.querySelectorAll("select")) field.value = chosenIn(field);
  showCount(Number(cart.dataset.quantity));
  if (says && says !== cart.dataset.says) news.textContent = cart.dataset.says;
}

const chosenIn = (field) => field.querySelector("[selected]").value;
const lineOf = (sku) => document.getElementById(`line-${sku}`);
const addressOf = ({ dataset }) => `/api/cart/lines/${encodeURIComponent(dataset.sku)}`;

/** @returns {Promise<boolean>} whether the line is as it was wished */
async function changeLine(line, field, body) {
  const { sku } = line.dataset;
  line.querySelector("[role=alert]").textContent = "";
  try {
    await changeFor(field, "PUT", addressOf(line), { agreed_date: agreedIn(line), ...body() });
    await refresh();
    return true;
  } catch (problem) {
    if (problem instanceof Refusal) {
      if (field.defaultValue) field.value = field.defaultValue;
      await refresh();
    }
    const place = lineOf(sku)?.querySelector("[role=alert]") ?? news;
    place.textContent = sentence(problem);
    return false;
  }
}

/** Until the cart holds what is written: what was typed meanwhile is wished, too. */
async function setQuantity(field) {
  if (field.ariaBusy) return;
  const line = field.closest("li");
  if (/^0+$/.test(field.value)) return remove(line.querySelector("[data-remove]"));
  while (field.isConnected && field.value !== field.defaultValue) {
    if (!(await changeLine(line, field, () => ({ quantity: quantityIn(field.form) })))) return;
  }
}

async function remove(button) {
  if (button.ariaBusy) return;
  const line = button.closest("li");
  const next = line.nextElementSibling ?? line.previousElementSibling;
  if (!(await changeLine(line, button, () => ({ quantity: 0 })))) return;
  (next?.querySelector("[data-remove]") ?? document.getElementById("cart-title")).focus();
}

/** From the cart to what is kept for later, back, or away from there. */
async function move(button) {
  if (button.ariaBusy) return;
  const item = button.closest("li");
  const next = item.nextElementSibling ?? item.previousElementSibling;
  const place = item.querySelector("[role=alert]");
  place.textContent = "";
  try {
    await changeFor(button, button.dataset.method, button.dataset.move);
    await refresh();
    (next?.isConnected ? next.querySelector("button") : document.getElementById("cart-title")).focus();
  } catch (problem) {
    if (problem instanceof Refusal) await refresh();
    (place.isConnected ? place : news).textContent = sentence(problem);
  }
}

/** A promotional code, or a gift card's. */
async function applyCode(form) {
  if (form.ariaBusy) return;
  const refusal = form.querySelector("[role=alert]");
  const code = form.elements.code.value.trim();
  refusal.textContent = "";
  try {
    if (!code) throw new Refusal({ error: "no_code" });
    await changeFor(form, "POST", form.dataset.code, { code });
    form.reset();
    await refresh();
  } catch (problem) {
    refusal.textContent = sentence(problem);
  }
}

async function choose(field) {
  const { value, dataset } = field;
  if (!(await changeLine(field.closest("li"), field, () => ({ new_sku: value })))) field.value = chosenIn(field);
  else lineOf(value)?.querySelector(`[data-option="${dataset.option}"]`).focus();
}

/** What was refused for want of a yes is wished again; what is in the cart already keeps it. */
async function agree(field) {
  const quantity = field.closest("li").querySelector("[name=quantity]");
  await changeLine(field.closest("li"), field, () => ({ quantity: quantityIn(quantity.form) }));
}

// What people do

document.addEventListener("submit", (submission) => {
  const form = submission.target;
  if (form.dataset.code) {
    submission.preventDefault();
    applyCode(form);
  }
  if (!form.elements.quantity) return;
  submission.preventDefault();
  if (form.dataset.add) add(form);
  else setQuantity(form.elements.quantity);
});

document.addEventListener("click", (click) => {
  // The second click of a double click would add a second one.
  if (click.detail > 1 && click.target.closest("[data-add] button")) click.preventDefault();
  const button = click.target.closest("[data-remove]");
  if (button) remove(button);
  const moving = click.target.closest("[data-move]");
  if (moving) move(moving);
});

cart?.addEventListener("change", ({ target }) => {
  if (target.name === "quantity") setQuantity(target);
  if (target.name === "variant") choose(target);
  if (target.name === "agreed" && target.checked) agree(target);
});

// What happens elsewhere: in the chat, in another tab

document.addEventListener("comptoir:cart", ({ detail: { quantity, version } }) => {
  showCount(quantity);
  if (cart && (version !== Number(cart.dataset.version) || quantity !== Number(cart.dataset.quantity))) refresh();
});

showCount(rememberedCount());
if (cart) {
  refresh();
  addEventListener("online", refresh);
} else if (rememberedCount()) {
  session({ opens: false }).then((known) => known || showCount(0), () => {});
}
