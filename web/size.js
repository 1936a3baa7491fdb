import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const limit = 15_000;
const sizes = ["comptoir.js", "comptoir-panel.js"].map((name) => {
  const size = gzipSync(readFileSync(`dist/${name}`), { level: 9 }).length;
  console.log(`${name}: ${size} bytes gzipped`);
  return size;
});
const total = sizes[0] + sizes[1];
console.log(`in all: ${total} of ${limit}`);
process.exitCode = total > limit ? 1 : 0;
