/** Chromium as Debian packages it; CHROMIUM names another. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // As root, which containers are, its sandbox refuses to start.
    args: ["--no-sandbox"],
  });
}

/** A page that notes what goes wrong in it, and every request that leaves the platform. */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: 1360, height: 840 },
    reducedMotion: "reduce",
    ...options,
  });
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    const inside = ["data:", "blob:"].includes(protocol) || host === new URL(url).host;
    if (!inside) wrong.push(`a request to ${host}`);
  });
  return { page, wrong, close: () => context.close() };
}

/** What axe finds that is serious or worse. */
export async function seriousFindings(page) {
  // By the debugger, which the page's policy on scripts does not concern.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(" | ")}`);
}
