/** Fails the build when the first page needs more JavaScript than it may. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";

const BUDGET_BYTES = 300 * 1024;
const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const manifest = JSON.parse(readFileSync(`${DIST}.vite/manifest.json`, "utf8"));

/** An entry and all that it imports before it runs. */
function needed(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const imported of manifest[name].imports ?? []) needed(imported, seen);
  return seen;
}

const files = [...needed("index.html")].map((name) => manifest[name].file);
const sizes = files.map((file) => gzipSync(readFileSync(`${DIST}${file}`), { level: 9 }).length);
const total = sizes.reduce((sum, size) => sum + size, 0);
const kib = (bytes) => (bytes / 1024).toFixed(1);
console.log(`initial JavaScript: ${kib(total)} KiB gzipped of ${kib(BUDGET_BYTES)}`);
if (total > BUDGET_BYTES) process.exit(1);
