// Fails the build when what the browser loads is over its limit.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const limit = 300_000; // bytes, scripts and styles after gzip plus fonts
const dir = new URL("../../internal/console/dist/assets/", import.meta.url);
let total = 0;
for (const name of readdirSync(dir).sort()) {
  const body = readFileSync(new URL(name, dir));
  const size = name.endsWith(".woff2") ? body.length : gzipSync(body, { level: 9 }).length;
  total += size;
  console.log(`${String(size).padStart(8)}  ${name}`);
}
console.log(`${String(total).padStart(8)}  in all (limit ${limit})`);
if (total > limit) {
  console.error("the console is over its limit: split a page off or drop a dependency");
  process.exit(1);
}
