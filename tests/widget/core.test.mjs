import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Conversation } from "../../web/widget/core.js";
import { readServerSentEvents } from "../../web/widget/stream.js";
import { Door } from "./door.mjs";

let door;
let server;
let storage;
let opened;

beforeEach(async () => {
  door = new Door({ thinkingTime: 1 });
  server = await door.listen();
  storage = shelf();
  opened = [];
});

afterEach(async () => {
  for (const conversation of opened) conversation.stop();
  await door.close();
});

/** The part of localStorage that the widget uses. */
function shelf() {
  const items = new Map();
  return { getItem: (key) => items.get(key) ?? null, setItem: (key, text) => items.set(key, text) };
}

/** The part of navigator.locks that the widget uses. */
function oneAfterAnother() {
  const last = new Map();
  return {
    request(name, work) {
      const done = Promise.resolve(last.get(name)).then(work);
      last.set(name, done.catch(() => {}));
      return done;
    },
  };
}

function converse(options = {}) {
  const conversation = new Conversation({ server, language: "en", storage, times: { retry: 10, firstByte: 200 }, ...options });
  opened.push(conversation);
  conversation.start();
  return conversation;
}

async function until(isTrue) {
  for (let attempt = 0; !isTrue(); attempt++) {
    assert.ok(attempt < 300, `never came true: ${isTrue}`);
    await sleep(10);
  }
}

const texts = (conversation) => conversation.rows.map(({ text }) => text);
const onlyOne = () => [...door.conversations.values()][0];
const customerTexts = () => onlyOne().events.filter(({ sender }) => sender === "customer").map(({ text }) => text);

test("nothing is asked of the server before the first message", async () => {
  converse();
  await sleep(50);
  assert.deepEqual(door.requests, []);
});

test("a message is shown at once and answered", async () => {
  const conversation = converse();
  conversation.send("one picture");
  assert.deepEqual(conversation.rows.map(({ text, delivery }) => [text, delivery]), [["one picture", "sending"]]);
  await until(() => conversation.rows.length === 2);
  assert.deepEqual(texts(conversation), ["one picture", "Here it is."]);
  assert.equal(conversation.rows[0].delivery, undefined);
});

test("messages lost before and after they were stored arrive once and in order", async () => {
  const conversation = converse();
  door.control = { dropPosts: 2, loseAnswers: 2 };
  for (const text of ["quiet 1", "quiet 2", "quiet 3"]) conversation.send(text);
  await until(() => conversation.rows.every(({ seq }) => seq));
  assert.deepEqual(customerTexts(), ["quiet 1", "quiet 2", "quiet 3"]);
});

test("what the shop masked is masked here too, on the screen and in what survives a reload", async () => {
  const conversation = converse();
  door.control = { keeps: "quiet •••• 4242" };
  conversation.send("quiet 4242 4242 4242 4242");
  await until(() => conversation.rows[0].seq);
  assert.deepEqual(texts(conversation), ["quiet •••• 4242"]);
  assert.doesNotMatch(storage.getItem(`comptoir:${server}`), /4242/);
});

test("what was written without a connection is sent after a reload", async () => {
  const before = converse();
  door.control = { isDown: true };
  before.send("quiet please");
  await until(() => before.isOffline);
  before.stop();
  door.control = {};
  const after = converse();
  assert.deepEqual(texts(after), ["quiet please"]);
  await until(() => after.rows[0].seq);
  assert.deepEqual(customerTexts(), ["quiet please"]);
});

test("history comes back after a reload without being told as news", async () => {
  const before = converse();
  before.send("one picture");
  await until(() => before.rows.length === 2);
  before.stop();
  const after = converse();
  const news = [];
  after.addEventListener("message", ({ detail }) => news.push(detail.text));
  await until(() => after.rows.length === 2);
  assert.deepEqual(news, []);
});

test("events that came while the stream was down are read once it is back", async () => {
  const conversation = converse();
  conversation.send("quiet");
  await until(() => conversation.rows[0]?.seq);
  door.dropReaders();
  door.say(onlyOne(), { text: "while you were away" });
  await until(() => conversation.rows.length === 2);
  assert.deepEqual(texts(conversation), ["quiet", "while you were away"]);
});

test("a stream that stays silent is replaced by long polls", async () => {
  door.control = { isBuffering: true };
  const conversation = converse();
  conversation.send("one picture");
  await until(() => conversation.rows.length === 2);
  assert.ok(door.requests.some((request) => request.includes("&wait=25")));
});

test("an expired token is renewed and the message goes through", async () => {
  const conversation = converse();
  conversation.send("quiet 1");
  await until(() => conversation.rows[0].seq);
  onlyOne().token = "another";
  conversation.send("quiet 2");
  await until(() => conversation.rows[1].seq);
  assert.deepEqual(customerTexts(), ["quiet 1", "quiet 2"]);
});

test("a conversation that is gone is followed by a new one with the waiting message", async () => {
  const conversation = converse();
  conversation.send("quiet 1");
  await until(() => conversation.rows[0].seq);
  door.conversations.clear();
  conversation.send("quiet 2");
  await until(() => door.conversations.size === 1 && conversation.rows[0].seq === 1);
  assert.deepEqual(customerTexts(), ["quiet 2"]);
  assert.deepEqual(texts(conversation), ["quiet 2"]);
});

test("a choice is posted by its id and shown by its title", async () => {
  const conversation = converse();
  conversation.send("hello");
  await until(() => conversation.rows.length === 2);
  conversation.choose(conversation.rows[1].choices[1]);
  await until(() => conversation.rows.length === 4);
  assert.deepEqual(customerTexts(), ["hello", "Show me mugs"]);
});

test("a refused message is marked and the next one goes through", async () => {
  const conversation = converse();
  const codes = [];
  conversation.addEventListener("refused", ({ detail }) => codes.push(detail.code));
  conversation.send("refuse this");
  conversation.send("quiet");
  await until(() => conversation.rows[0].seq);
  assert.deepEqual(codes, ["message_too_long"]);
  assert.deepEqual(conversation.rows.map(({ delivery }) => delivery), [undefined, "refused"]);
});

test("too many messages wait as long as the server asks", async () => {
  door.control = { busyPosts: 1 };
  const conversation = converse();
  conversation.send("quiet");
  await sleep(300);
  assert.equal(conversation.rows[0].delivery, "sending");
  await until(() => conversation.rows[0].seq);
});

test("answers are unread until they were seen", async () => {
  const conversation = converse();
  conversation.send("one picture");
  await until(() => conversation.unread === 1);
  conversation.markSeen();
  assert.equal(conversation.unread, 0);
});

test("a second tab follows what happens in the first", async () => {
  const first = converse();
  const second = converse();
  first.send("one picture");
  await until(() => second.rows.length === 2);
  assert.deepEqual(texts(second), ["one picture", "Here it is."]);
});

test("without storage the conversation lasts as long as the page", async () => {
  const conversation = converse({ storage: null });
  conversation.send("one picture");
  await until(() => conversation.rows.length === 2);
});

test("a stream cut anywhere between bytes is read whole", async () => {
  const bytes = new TextEncoder().encode(': beat\r\n\r\nid: 1\r\nevent: message\r\ndata: {"a":"é"}\r\n\r\nevent: typing\ndata: {}\n\n');
  const body = ReadableStream.from(Array.from(bytes, (byte) => Uint8Array.of(byte)));
  const events = [];
  await readServerSentEvents(body, (event) => events.push(event), () => {});
  assert.deepEqual(events, [
    { type: "message", data: '{"a":"é"}' },
    { type: "typing", data: "{}" },
  ]);
});

test("a file is uploaded, then said, and both once when the first try is lost", async () => {
  const conversation = converse();
  door.control.dropUploads = 1;
  await conversation.attach(new File(["a picture"], "mug.png", { type: "image/png" }));
  assert.deepEqual(conversation.rows[0].files.map(({ name, size }) => [name, size]), [["mug.png", 9]]);
  await until(() => conversation.rows[0].seq);
  const [file] = conversation.rows[0].files;
  assert.deepEqual([file.name, file.type, file.url], ["mug.png", "image/png", `/api/files/${file.id}`]);
  assert.equal(door.files.size, 1);
});

test("a file that cannot be taken is refused before it is sent, or by the server", async () => {
  const conversation = converse();
  const refusals = [];
  conversation.addEventListener("refused", ({ detail }) => refusals.push(detail.code));
  await conversation.attach(new File(["<svg/>"], "mug.svg", { type: "image/svg+xml" }));
  await conversation.attach(new File([new Uint8Array(10 * 1024 * 1024 + 1)], "big.png", { type: "image/png" }));
  await conversation.attach(new File(["damaged"], "bad.png", { type: "image/png" }));
  await until(() => refusals.length === 3);
  assert.deepEqual(refusals, ["file_type_refused", "file_too_large", "file_unreadable"]);
});

test("a form is sent by its fields and shown by its values", async () => {
  const conversation = converse();
  conversation.fillIn({ name: "Anna Smith", line1: "12 Baker Street", line2: "" });
  assert.equal(conversation.rows[0].text, "Anna Smith\n12 Baker Street");
  await until(() => conversation.rows[0].seq);
});

test("what the reading tab finds in its own history reaches the other tabs too", async () => {
  const browser = { locks: oneAfterAnother() };
  const first = converse(browser);
  first.send("quiet one");
  await until(() => first.rows[0].seq && first.isReader);
  const other = converse(browser);
  await until(() => other.rows.length === 1 && !other.isLoading);
  onlyOne().events.push({ ...onlyOne().events[0], id: "elsewhere", seq: 2, text: "quiet two" }); // no reader was woken
  first.wake();
  await until(() => texts(first).length === 2 && texts(other).length === 2);
});

test("who is signed in is told when the conversation opens, or in the one that there is", async () => {
  const early = converse();
  await early.identify("anna");
  assert.deepEqual(door.requests, []);
  early.send("quiet one");
  await until(() => early.rows[0].seq);
  assert.equal(onlyOne().customer, "anna");
  storage = shelf();
  const late = converse();
  late.send("quiet two");
  await until(() => late.rows[0].seq);
  await late.identify("bob");
  assert.equal([...door.conversations.values()].at(-1).customer, "bob");
  await assert.rejects(late.identify("forged"), { code: "invalid_identity" });
});

test("a conversation of somebody else is left, in every tab, and nothing of it comes any more", async () => {
  const browser = { locks: oneAfterAnother() };
  const [one, other] = [converse(browser), converse(browser)];
  await one.identify("anna");
  one.send("hello");
  await until(() => texts(one).length === 2 && texts(other).length === 2);
  const left = onlyOne();
  await other.identify(null);
  await until(() => !texts(one).length && !texts(other).length);
  other.send("quiet beginning");
  await until(() => one.rows[0]?.seq && other.rows[0]?.seq);
  door.say(left, { text: "for anna" });
  await sleep(100);
  assert.deepEqual([texts(one), texts(other)], [["quiet beginning"], ["quiet beginning"]]);
});

test("what was read and what the cart holds reaches all tabs", async () => {
  const [one, other] = [converse(), converse()];
  const carts = [];
  for (const tab of [one, other]) tab.addEventListener("cart", ({ detail }) => carts.push(detail.quantity));
  one.send("hello");
  await until(() => one.read === 1 && other.read === 1);
  door.control.cart = undefined;
  await fetch(`${server}/control`, { method: "POST", body: JSON.stringify({ cart: { quantity: 2, version: 1 } }) });
  await until(() => carts.length === 2);
  assert.deepEqual(carts, [2, 2]);
});

test("whoever asks for the session gets the one conversation, opened only when wanted", async () => {
  const conversation = converse({ locks: oneAfterAnother() });
  assert.equal(await conversation.session({ opens: false }), null);
  const [one, other] = await Promise.all([conversation.session(), conversation.session()]);
  assert.deepEqual(one, other);
  assert.equal(onlyOne().id, one.id);
});
