import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

// What a reader's browser loads: both scripts, and the words of one language, of which the heaviest counts.
const limit = 15_000;
const size = (name) => gzipSync(readFileSync(`dist/${name}`), { level: 9 }).length;
const built = readFileSync("dist/comptoir-panel.js", "utf8");
const texts = readdirSync("dist").filter((name) => name.endsWith(".json") && built.includes(name));
const sizes = { "comptoir.js": size("comptoir.js"), "comptoir-panel.js": size("comptoir-panel.js"), texts: Math.max(...texts.map(size)) };
const total = Object.values(sizes).reduce((sum, bytes) => sum + bytes);
for (const [name, bytes] of Object.entries(sizes)) console.log(`${name}: ${bytes} bytes gzipped`);
console.log(`in all: ${total} of ${limit}`);
process.exitCode = total > limit ? 1 : 0;
