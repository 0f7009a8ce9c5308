/**
 * How quick the pages are: a trace of 50,000 spans from the click to where it can be used, its
 * scrolling, and the live page under 500 records a second. Prints figures; fails on none.
 */
import { open, launch } from "../e2e/browser.mjs";
import { Emitter, largeTrace, newId, span } from "../e2e/emit.mjs";
import { Platform, binary, eventually } from "../e2e/platform.mjs";

const SPANS = 50_000;
const RATE = 500;
const LIVE_S = 12;
const WHEEL_TURNS = 60;

/** Notes long tasks and the longest gap between frames, inside the page. */
function watch() {
  const seen = { tasks: [], gap: 0 };
  globalThis.seen = seen;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.tasks.push(Math.round(duration));
  }).observe({ type: "longtask", buffered: false });
  let before = performance.now();
  const frame = (now) => {
    seen.gap = Math.max(seen.gap, now - before);
    before = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** What was noted since the last look. */
function noted(page) {
  return page.evaluate(() => {
    const { tasks, gap } = globalThis.seen;
    const over = tasks.filter((task) => task > 100).length;
    const longest = Math.max(0, ...tasks);
    globalThis.seen.tasks = [];
    globalThis.seen.gap = 0;
    return { tasks: tasks.length, longest, over, gap: Math.round(gap) };
  });
}

const show = ({ tasks, longest, over, gap }) =>
  `${tasks} long tasks, ${over} over 100 ms, longest ${longest} ms, longest gap between frames ${gap} ms`;

async function skeletonMs(url, traceId) {
  const begun = performance.now();
  let cursor = "";
  do {
    const query = `fields=skeleton&limit=50000${cursor && `&cursor=${cursor}`}`;
    const answer = await fetch(`${url}/api/v1/traces/${traceId}/spans?${query}`);
    cursor = (await answer.json()).next ?? "";
  } while (cursor);
  return Math.round(performance.now() - begun);
}

async function largeTraceOpens(platform, emitter, browser) {
  const { traceId, spans } = largeTrace(SPANS);
  await emitter.send("span", ...spans);
  const stored = async () =>
    (await platform.get(`/api/v1/traces/${traceId}?limit=1`)).trace?.counts.spans;
  await eventually("all spans stored", stored, (count) => count === SPANS, 120_000);
  console.log(
    `skeleton of ${SPANS} spans from the API: ${await skeletonMs(platform.url, traceId)} ms`,
  );

  for (const round of ["first", "second", "third"]) {
    const { page, close } = await open(browser, platform.url);
    await page.goto(`/traces?q=${encodeURIComponent("large trace")}`);
    const row = page.getByRole("grid", { name: "Traces" }).getByRole("link").first();
    await row.waitFor();
    await page.evaluate(watch);
    const begun = performance.now();
    await row.click();
    const tree = page.getByRole("treegrid");
    await tree.getByRole("row").nth(5).waitFor();
    const usable = Math.round(performance.now() - begun);
    await page.getByRole("treegrid", { name: "Spans: 50,000 spans" }).waitFor();
    const whole = Math.round(performance.now() - begun);
    console.log(`${round} click: usable after ${usable} ms, all spans after ${whole} ms`);
    console.log(`  while it came: ${show(await noted(page))}`);
    const box = await tree.boundingBox();
    await page.mouse.move(box.x + 200, box.y + 200);
    for (let turn = 0; turn < WHEEL_TURNS; turn++) await page.mouse.wheel(0, 3000);
    await tree.press("End");
    await tree.getByText(`call ${SPANS - 1}`).waitFor();
    console.log(`  while it scrolled: ${show(await noted(page))}`);
    await close();
  }
}

async function liveKeepsUp(platform, emitter, browser) {
  const { page, close } = await open(browser, platform.url);
  await page.goto("/live");
  await page.getByText("connected", { exact: true }).waitFor();
  await page.evaluate(watch);
  const traceId = newId(16);
  const deadline = Date.now() + LIVE_S * 1000;
  let sent = 0;
  while (Date.now() < deadline) {
    const tenth = Date.now() + 100;
    const part = Array.from({ length: RATE / 10 }, () =>
      span(traceId, { name: `record ${sent++}`, status: "COMPLETED", span_kind: "TOOL" }),
    );
    await emitter.send("span", ...part);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, tenth - Date.now())));
  }
  await page.getByText(`record ${sent - 1}`, { exact: true }).waitFor({ timeout: 5000 });
  const begun = performance.now();
  await page.getByRole("button", { name: "Pause" }).click();
  const click = Math.round(performance.now() - begun);
  console.log(`live, ${Math.round(sent / LIVE_S)} records/s: ${show(await noted(page))}`);
  console.log(`  the last record is there; a click on Pause is answered after ${click} ms`);
  await close();
}

console.log(`binary: ${binary().includes("release") ? "release" : "debug"}`);
const platform = await Platform.up();
const emitter = new Emitter(platform.kafka);
const browser = await launch();
try {
  await largeTraceOpens(platform, emitter, browser);
  await liveKeepsUp(platform, emitter, browser);
} finally {
  await browser.close();
  await emitter.close();
  await platform.down();
}
