/** Starts a platform, runs every end-to-end test against it, and stops it again. */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Platform } from "./platform.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const wanted = process.argv.slice(2);
const all = readdirSync(HERE).filter((name) => name.endsWith(".test.mjs"));
const files = all.filter((name) => wanted.length === 0 || wanted.some((w) => name.includes(w)));

const platform = await Platform.up();
let code = 1;
try {
  const env = {
    ...process.env,
    E2E_URL: platform.url,
    E2E_KAFKA: platform.kafka,
    E2E_DATA: platform.data,
  };
  const args = ["--test", "--test-concurrency=1", ...files.map((name) => `${HERE}${name}`)];
  const tests = spawn(process.execPath, args, { env, stdio: "inherit" });
  code = await new Promise((resolve) => tests.once("exit", resolve));
} finally {
  await platform.down();
}
process.exit(code ?? 1);
