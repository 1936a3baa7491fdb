import { readFile } from "node:fs/promises";
import { build, transform } from "esbuild";
import { parse } from "yaml";

const texts = {
  name: "texts",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.yml$/ }, async ({ path }) => ({
      contents: JSON.stringify(parse(await readFile(path, "utf8"))),
      loader: "json",
    })),
};

const styles = {
  name: "styles",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    }),
};

// Indentation in a template means nothing to the page, nor do line breaks between tags.
const templates = {
  name: "templates",
  setup: ({ onLoad }) =>
    onLoad({ filter: /widget\/\w+\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(/\n\s+/g, "\n").replace(/(?<=[>}])\n(?=[<$])/g, ""),
      loader: "js",
    })),
};

// Lit marks the properties that only Lit uses by "_$".
const common = { bundle: true, minify: true, target: "es2022", legalComments: "none", mangleProps: /^_\$/ };
await build({ ...common, entryPoints: { comptoir: "widget/loader.js" }, format: "iife", outdir: "dist" });
await build({
  ...common,
  entryPoints: { "comptoir-panel": "widget/element.js" },
  format: "esm",
  outdir: "dist",
  plugins: [texts, styles, templates],
});
