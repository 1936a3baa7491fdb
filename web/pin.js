// After the build: each file under a name that says what is inside, the panel's integrity in the script that fetches
// it, everything compressed beside it, and integrity.json for whoever writes the script tag. Files of earlier builds
// stay, so that tags which were pinned to them go on working.
import { createHash } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { brotliCompress, gzip } from "node:zlib";
import { promisify } from "node:util";

const compressions = { br: promisify(brotliCompress), gz: promisify(gzip) };

async function publish(name, content) {
  await writeFile(`dist/${name}`, content);
  for (const [ending, compress] of Object.entries(compressions)) await writeFile(`dist/${name}.${ending}`, await compress(content));
}

async function pin(name, content) {
  const hash = (algorithm, encoding) => createHash(algorithm).update(content).digest(encoding);
  const file = `${name}-${hash("sha256", "hex").slice(0, 16)}.js`;
  await publish(file, content);
  return { file, integrity: `sha384-${hash("sha384", "base64")}` };
}

for (const name of await readdir("dist")) if (/^comptoir-[a-z]{2}-.*\.json$/.test(name)) await publish(name, await readFile(`dist/${name}`));
const panel = await pin("comptoir-panel", await readFile("dist/comptoir-panel.js"));
const built = await readFile("dist/comptoir.js", "utf8");
const loader = built.replace("PANEL_FILE", panel.file).replace("PANEL_INTEGRITY", panel.integrity);
if (!loader.includes(panel.file) || !loader.includes(panel.integrity)) throw new Error("loader.js does not name the panel");
await publish("comptoir.js", loader);
await writeFile("dist/integrity.json", JSON.stringify({ loader: await pin("comptoir", loader), panel }, null, 2));
