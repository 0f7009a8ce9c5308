/**
 * Opens the page of a platform and says, a line of JSON at a time, what it shows of the platform's
 * health, until its input ends: `{"word": "Not ready", "why": "kafka: …"}`.
 *
 * For the auditor (`scripts/audit`), which compares it with what `/ready` says.
 */
import { launch, open } from "./browser.mjs";

const EVERY_MS = 300;

const [url] = process.argv.slice(2);
if (!url) throw new Error("usage: node witness.mjs URL");
const browser = await launch();
const { page } = await open(browser, url);
const health = page.getByRole("button", { name: /^Platform: / });
const stopped = new Promise((resolve) => process.stdin.once("end", resolve).resume());
let watching = true;
void stopped.then(() => (watching = false));

await page.goto("/traces");
while (watching) {
  const said = await health.getAttribute("aria-label", { timeout: EVERY_MS }).catch(() => null);
  const [, word, why] = /^Platform: ([^.]*)\. ([^]*)$/.exec(said ?? "") ?? [];
  process.stdout.write(`${JSON.stringify({ word: word ?? null, why: why ?? null })}\n`);
  await Promise.race([stopped, page.waitForTimeout(EVERY_MS)]);
}
await browser.close();
