/** The lists, the charts, the ingest, and how the pages behave for everybody. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { before, test } from "node:test";
import { seriousFindings } from "./browser.mjs";
import { newId } from "./emit.mjs";
import { eventually } from "./platform.mjs";
import { world } from "./world.mjs";

const here = world();
let traces;

before(async () => {
  await here.platform.run("demo", "--once");
  const asked = () => here.platform.get("/api/v1/traces?project=demo&limit=50");
  traces = (await eventually("traces", asked, ({ items }) => items.length >= 4)).items;
});

test("filters of the traces live in the address", async () => {
  const { page, wrong, close } = await here.open();
  await page.goto("/traces");
  const grid = page.getByRole("grid", { name: "Traces" });
  await grid.getByText("change request").first().waitFor();
  await page.getByRole("radio", { name: "Failed", exact: true }).click();
  await page.waitForURL(/status=FAILED/);
  await eventually(
    "failed traces alone",
    async () => {
      const words = await grid.getByRole("row").allInnerTexts();
      return words.slice(1).map((row) => row.includes("failed"));
    },
    (failed) => failed.length > 0 && failed.every(Boolean),
  );
  await page.reload();
  await page.getByRole("radio", { name: "Failed", exact: true, checked: true }).waitFor();
  await page.getByRole("searchbox", { name: /Search in name/ }).fill("nobody ever said this");
  await page.getByRole("heading", { name: "No trace is like that" }).waitFor();
  assert.match(page.url(), /q=nobody/);
  assert.deepEqual(wrong, []);
  await close();
});

test("keys walk the table of traces and open one", async () => {
  const { page, close } = await here.open();
  await page.goto("/traces");
  const grid = page.getByRole("grid", { name: "Traces" });
  await grid.getByText("change request").first().waitFor();
  await grid.focus();
  await page.keyboard.press("j");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/traces\/[0-9a-f]{32}/);
  await page.keyboard.press("g");
  await page.keyboard.press("m");
  await page.waitForURL(/charts/);
  await close();
});

test("the box jumps to a trace by its id", async () => {
  const { page, close } = await here.open();
  await page.goto("/sessions");
  await page.getByRole("grid", { name: "Sessions" }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type(traces[0].trace_id);
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(traces[0].trace_id));
  await close();
});

test("metrics show charts that share a crosshair, and who did what", async () => {
  const { page, wrong, close } = await here.open();
  await page.goto("/charts?range=1h");
  await page.getByRole("figure", { name: /^Traces; latest/ }).waitFor();
  await page.getByRole("region", { name: "Agents" }).getByText("orchestrator").waitFor();
  await page
    .locator(".u-over")
    .first()
    .hover({ position: { x: 200, y: 60 } });
  await eventually(
    "every chart shows the instant",
    () => page.locator(".u-legend .u-series:first-child .u-value").allInnerTexts(),
    (texts) => texts.length === 6 && texts.every((text) => text !== "–" && text === texts[0]),
  );
  assert.deepEqual(wrong, []);
  await close();
});

test("a session shows what was asked", async () => {
  const { page, close } = await here.open();
  await page.goto("/sessions");
  await page.getByRole("row", { name: traces[0].session_id }).click();
  await page
    .getByRole("region", { name: /Traces of the session/ })
    .getByRole("article")
    .first()
    .waitFor();
  await close();
});

test("two traces are compared", async () => {
  const failed = traces.find(({ status }) => status === "FAILED");
  const good = traces.find(({ status }) => status === "COMPLETED");
  const { page, wrong, close } = await here.open();
  await page.goto(`/compare?a=${good.trace_id}&b=${failed.trace_id}`);
  await page.getByRole("region", { name: "Verdict" }).getByRole("listitem").first().waitFor();
  await page.getByRole("tab", { name: "Figures and work" }).click();
  await page.getByRole("row", { name: /Failed spans/ }).waitFor();
  await page
    .getByRole("row", { name: /run_tests/ })
    .getByText(/failed/)
    .waitFor();
  await page.getByRole("tab", { name: "Waterfalls" }).click();
  assert.equal(await page.getByRole("treegrid").count(), 2);
  await page.getByRole("tab", { name: "Input and output" }).click();
  await page.getByRole("heading", { name: "What came out" }).waitFor();
  assert.deepEqual(wrong, []);
  await close();
});

test("a failed trace is held against the last good run, step by step", async () => {
  const failed = await eventually("a failed trace with a good one before", async () => {
    const { items } = await here.platform.get("/api/v1/traces?status=FAILED&project=demo");
    const asked = items.map(({ trace_id: id }) =>
      here.platform.get(`/api/v1/traces/compare?a=${id}&b=last-good`),
    );
    return (await Promise.all(asked)).find(({ verdict }) => verdict);
  });
  const { page, wrong, close } = await here.open();
  await page.goto(`/traces/${failed.a.trace_id}?view=errors`);
  await page.getByRole("link", { name: /last good run/ }).click();
  await page.waitForURL(/b=last-good/);
  await page.getByText(/completed without errors/).waitFor();
  const steps = page.getByRole("list", { name: "Steps that differ" });
  await steps.getByRole("link", { name: "in A" }).first().click();
  await page.waitForURL(/span=[0-9a-f]{16}/);
  assert.deepEqual(wrong, []);
  await close();
});

test("a dead letter shows with its reason and is sent again", async () => {
  await here.emitter.sendBroken(newId(16), '{"trace_id": 7, "broken": true}');
  const { page, wrong, close } = await here.open();
  await page.goto("/ingest");
  await page.getByText("the ledger balances").waitFor();
  const letters = page.getByRole("region", { name: "Dead letters", exact: true }).last();
  await letters.getByText("malformed").first().waitFor({ timeout: 10_000 });
  await letters.getByRole("button", { name: "Open" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("region", { name: "Value" }).getByText("broken").waitFor();
  await dialog.getByRole("button", { name: "Send it again" }).click();
  await dialog.getByText(/Sent to agent-telemetry-spans/).waitFor();
  assert.deepEqual(wrong, []);
  await close();
});

const PAGES = [
  "/live",
  "/traces",
  "/compare",
  "/sessions",
  "/oracle",
  "/charts",
  "/ingest",
  "/nowhere",
];
const VIEWS = ["", "graph", "timeline", "conversation", "errors", "cost", "raw"];

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing serious on any page, ${colorScheme}`, async () => {
    const failed = traces.find(({ status }) => status === "FAILED");
    const { spans } = await here.platform.get(`/api/v1/traces/${failed.trace_id}`);
    const views = VIEWS.map((view) => `/traces/${failed.trace_id}?view=${view}`);
    const panel = `/traces/${failed.trace_id}?span=${spans[1].span_id}`;
    const compared = `/compare?a=${traces[0].trace_id}&b=${failed.trace_id}`;
    const session = `/sessions/${failed.session_id}`;
    const { page, close } = await here.open({ colorScheme });
    const findings = {};
    for (const path of [...PAGES, ...views, panel, compared, session]) {
      await page.goto(path);
      await page.getByRole("main").getByRole("heading").first().waitFor();
      await page.getByRole("status", { name: "Loading" }).first().waitFor({ state: "detached" });
      const found = await seriousFindings(page);
      if (found.length > 0) findings[path] = found;
    }
    assert.deepEqual(findings, {});
    await close();
  });
}

test("no page is wider than a phone", async () => {
  const { page, close } = await here.open({ viewport: { width: 390, height: 800 } });
  for (const path of [...PAGES, `/traces/${traces[0].trace_id}`]) {
    await page.goto(path);
    await page.getByRole("main").getByRole("heading").first().waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `${path} is ${width} wide`);
  }
  await close();
});

/** Recorded runs of real agents, where there are some. */
const RUNS = process.env.TELEMETRON_RUNS;

test(
  "recorded runs of real agents show their agents and what they said",
  { skip: !RUNS || !existsSync(RUNS) ? "TELEMETRON_RUNS names no folder of runs" : false },
  async () => {
    await here.platform.run("import", RUNS);
    const asked = () => here.platform.get("/api/v1/traces?limit=1000");
    const { items } = await eventually("imported runs", asked, ({ items }) =>
      items.some(({ time_source: source, counts }) => source === "order" && counts.handoffs > 3),
    );
    const run = items.find(({ time_source: s, counts }) => s === "order" && counts.handoffs > 3);
    const { page, wrong, close } = await here.open();
    await page.goto(`/traces/${run.trace_id}`);
    await page.getByText("in order; the log had no times").waitFor();
    await page.goto(`/traces/${run.trace_id}?view=graph`);
    for (const agent of run.agents.slice(0, 5)) {
      await page.locator(".graph-node", { hasText: agent }).first().waitFor();
    }
    await page.goto(`/traces/${run.trace_id}?view=conversation`);
    await page.locator(".turn .prose, .turn .json").first().waitFor();
    assert.deepEqual(wrong, []);
    await close();
  },
);
