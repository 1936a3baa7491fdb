import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { build, transform } from "esbuild";
import { minify } from "terser";
import { parse } from "yaml";

// A text that is only ever written as `words.key` has a letter for its key in what is built; who sent a message and why
// one was refused are looked up by their names.
const lookedUp = ["assistant", "customer", "staff", "system"];
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const shortKeys = new Map();
for (const file of await readdir("widget")) {
  for (const [key] of (await readFile(`widget/${file}`, "utf8")).matchAll(/(?<=\bwords\.)\w+/g)) {
    if (!lookedUp.includes(key) && !shortKeys.has(key)) shortKeys.set(key, letters[shortKeys.size]);
  }
}

// Each language is a file of its own, because a reader needs one of them; its name says what is inside.
async function writeTexts(code) {
  const texts = Object.entries(parse(await readFile(`texts/${code}.yml`, "utf8")));
  const words = JSON.stringify(Object.fromEntries(texts.map(([key, text]) => [shortKeys.get(key) ?? key, text])));
  const file = `comptoir-${code}-${createHash("sha256").update(words).digest("hex").slice(0, 16)}.json`;
  await writeFile(`dist/${file}`, words);
  return [code, file];
}

// The panel's own variables; those of the page (`--comptoir-…`) keep their names.
function shortened(css) {
  const names = [...new Set(css.match(/--(?!comptoir)[a-z-]+/g))];
  return css.replace(/--(?!comptoir)[a-z-]+/g, (name) => `--${letters[names.indexOf(name)]}`);
}

const styles = {
  name: "styles",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: shortened(code.trim()), loader: "text" };
    }),
};

// Indentation in a template means nothing to the page, nor do line breaks between tags.
const templates = {
  name: "templates",
  setup: ({ onLoad }) =>
    onLoad({ filter: /widget\/\w+\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(/\n\s+/g, "\n").replace(/(?<=[>}])\n(?=[<$])/g, "").replace(/(?<=[<\n ][\w-]+=)"([\w-]+)"(?=[\s>])/g, "$1").replace(/(?<=\bwords\.)\w+/g, (key) => shortKeys.get(key) ?? key),
      loader: "js",
    })),
};

// Lit speaks to polyfills of old browsers and to other copies of itself; here are neither, nor SVG of its own.
const lit = {
  name: "lit",
  setup: ({ onLoad }) =>
    onLoad({ filter: /lit-html\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8"))
        .replace(/,\w+=\w+\.litHtmlPolyfillSupport;.*?\.push\("[\d.]+"\);/, ";")
        .replace(/2===\w\|\|3===\w(?=\)\{)/, "0")
        .replace(/2===(\w)\?"<(\/?)svg>":3===\1\?"<\2math>":""/g, '""'),
      loader: "js",
    })),
};

// Terser after esbuild saves another percent.
const smaller = {
  name: "smaller",
  setup: ({ onEnd }) =>
    onEnd(async ({ outputFiles }) => {
      for (const { path, text } of outputFiles) {
        const { code } = await minify(text, { module: true, ecma: 2020, compress: { passes: 3, unsafe_arrows: true, unsafe_methods: true } });
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, code);
      }
    }),
};

await mkdir("dist", { recursive: true });
const TEXTS = JSON.stringify(Object.fromEntries(await Promise.all(["en", "fr", "es"].map(writeTexts))));

// Lit marks the properties that only Lit uses by "_$"; the others are ours, between the files of the panel.
const inside = /^(_\$.*|answered|attach|carrier|choose|delivery|fillIn|firstByte|isAsked|isLoading|isOffline|isReader|isTyping|keep|lost|markSeen|paid|receipt|retry|silence|unread|upload|wake|words)$/;
const common = { bundle: true, minify: true, write: false, outdir: "dist", target: "es2022", legalComments: "none", mangleProps: inside };
await build({ ...common, entryPoints: { comptoir: "widget/loader.js" }, format: "iife", plugins: [smaller] });
await build({
  ...common,
  entryPoints: { "comptoir-panel": "widget/element.js" },
  format: "esm",
  define: { TEXTS },
  plugins: [styles, templates, lit, smaller],
});
