// Many customers, each with a browser of two tabs: the widget's own transport, with a storage that survives a kill.
//
//     node browsers.mjs SERVER FOLDER FIRST COUNT MESSAGES SEED
//
// Each customer has FOLDER/<number>.json (what the browser keeps) and FOLDER/<number>.log (a line for each message that
// was written: tab and id, in order). Started again, they go on where they were. Prints a line of JSON for each tab at
// the end, with what it shows.
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Conversation } from "../../web/widget/core.js";

const [server, folder, first, count, messages, seed] = process.argv.slice(2);
const words = ["hello", "bonjour", "hola", "what do you sell?", "quels sont les frais de port ?", "¿qué hay en mi carrito?", "thanks", "merci", "gracias"];

/** A small generator, so that a run can be repeated. */
function random(state) {
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

/** localStorage of one browser, in a file: whole or not at all. */
function storage(path) {
  let kept = existsSync(path) ? readFileSync(path, "utf8") : null;
  return {
    getItem: () => kept,
    setItem(_, text) {
      kept = text;
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
    },
  };
}

/** navigator.locks of one browser. */
function locks() {
  const last = new Map();
  return {
    request(name, work) {
      const done = Promise.resolve(last.get(name)).then(work);
      last.set(name, done.catch(() => {}));
      return done;
    },
  };
}

async function visit(number) {
  const chance = random(Number(seed) * 1000 + number);
  const log = `${folder}/${number}.log`;
  const written = existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : [];
  const browser = { storage: storage(`${folder}/${number}.json`), locks: locks() };
  const times = { retry: 100, firstByte: 3_000, silence: 10_000 };
  // Tabs of one browser hear each other; those of another one do not, though all are in this process.
  const open = () => {
    const tab = new Conversation({ server: `${server}/c${number}`, language: "en", times, ...browser });
    tab.start();
    return tab;
  };
  const tabs = [open(), open()];
  for (let done = written.length; done < Number(messages); done += 1) {
    const index = Math.floor(chance() * 2);
    const known = new Set(tabs[index].rows.map(({ id }) => id));
    tabs[index].send(words[Math.floor(chance() * words.length)]);
    const { id } = tabs[index].rows.find((row) => row.sender === "customer" && !known.has(row.id));
    appendFileSync(log, `${index} ${id}\n`);
    await sleep(chance() * 400);
    if (chance() < 0.02) {
      tabs[index].stop();
      tabs[index] = open();
    }
    while (JSON.parse(browser.storage.getItem()).outbox.length > 20) await sleep(100);
  }
  while (JSON.parse(browser.storage.getItem() ?? '{"outbox":[]}').outbox.length) await sleep(200);
  return { number, tabs };
}

const visits = await Promise.all(Array.from({ length: Number(count) }, (_, index) => visit(Number(first) + index)));
console.log("written");
await new Promise((resolve) => process.stdin.once("data", resolve));
const shown = visits.flatMap(({ number, tabs }) =>
  tabs.map((tab) => JSON.stringify({ number, shown: tab.rows.map(({ seq, id, delivery }) => [seq, id, delivery]) })),
);
process.stdout.write(`${shown.join("\n")}\n`, () => process.exit(0));
