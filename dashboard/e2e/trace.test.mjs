/** One trace, in every view. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { instant, largeTrace, newId, span } from "./emit.mjs";
import { eventually } from "./platform.mjs";
import { world } from "./world.mjs";

const here = world();
let failed;

before(async () => {
  await here.platform.run("demo", "--once");
  failed = await eventually(
    "a failed trace of the demonstration",
    async () => (await here.platform.get("/api/v1/traces?status=FAILED&project=demo")).items[0],
  );
});

test("a waterfall shows the spans and a span shows its content", async () => {
  const { page, wrong, close } = await here.open();
  await page.goto(`/traces/${failed.trace_id}`);
  const tree = page.getByRole("treegrid");
  await tree.getByText("run_tests").first().click();
  const panel = page.getByRole("complementary", { name: "Span" });
  await panel.getByText("no space left on device").waitFor();
  await panel.getByRole("region", { name: "Input" }).getByText("package").waitFor();
  assert.match(page.url(), /span=[0-9a-f]{16}/);
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  assert.deepEqual(wrong, []);
  await close();
});

test("a link to a span opens it", async () => {
  const { spans } = await here.platform.get(`/api/v1/traces/${failed.trace_id}`);
  const model = spans.find(({ span_kind: kind }) => kind === "LLM");
  const { page, close } = await here.open();
  await page.goto(`/traces/${failed.trace_id}?span=${model.span_id}`);
  await page.getByRole("complementary", { name: "Span" }).getByText(model.name).first().waitFor();
  await page.locator('[role="row"][aria-selected="true"]').waitFor();
  await close();
});

test("keys move through the tree, close branches and open spans", async () => {
  const { page, close } = await here.open();
  await page.goto(`/traces/${failed.trace_id}`);
  const tree = page.getByRole("treegrid");
  await tree.getByText("coder").first().waitFor();
  await tree.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowLeft");
  await eventually(
    "one row",
    () => tree.getByRole("row").count(),
    (rows) => rows === 1,
  );
  await page.keyboard.press("ArrowRight");
  await eventually(
    "all rows",
    () => tree.getByRole("row").count(),
    (rows) => rows > 5,
  );
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "Span" }).waitFor();
  await close();
});

test("every view of a trace shows what it is for", async () => {
  const { page, wrong, close } = await here.open();
  const views = {
    graph: () => page.getByRole("button", { name: /coder/ }).first(),
    timeline: () => page.getByText("handoff", { exact: true }).nth(1),
    conversation: () => page.getByText("The user asked"),
    errors: () => page.getByRole("heading", { name: /Where it began/ }),
    cost: () => page.getByRole("heading", { name: "By agent" }),
    raw: () => page.getByText("GET /api/v1/traces/"),
  };
  for (const [view, sign] of Object.entries(views)) {
    await page.goto(`/traces/${failed.trace_id}?view=${view}`);
    await sign().waitFor();
  }
  assert.deepEqual(wrong, []);
  await close();
});

test("a diagnosis names the likely cause, and its evidence leads into the waterfall", async () => {
  const { page, wrong, close } = await here.open();
  await page.goto(`/traces/${failed.trace_id}`);
  const note = page.getByRole("note", { name: "Why it failed" });
  await note.getByRole("link", { name: "Diagnosis" }).click();
  const causes = page.getByRole("list", { name: "Likely causes" });
  await causes.getByText("certain").first().waitFor();
  await page.getByRole("list", { name: "The way of the error" }).getByText("began here").waitFor();
  await page.getByRole("region", { name: "Critical path" }).getByRole("row").nth(1).waitFor();
  await causes.getByRole("link").first().click();
  await page.waitForURL(/span=[0-9a-f]{16}/);
  await page.locator('[role="row"][aria-selected="true"]').waitFor();
  assert.deepEqual(wrong, []);
  await close();
});

test("a replay goes back to when no agent had worked yet", async () => {
  const { page, close } = await here.open();
  await page.goto(`/traces/${failed.trace_id}?view=graph`);
  const slider = page.getByRole("slider", { name: "Moment of the trace" });
  await slider.fill("0");
  await page.getByText("no handoff yet").waitFor();
  await page.getByRole("button", { name: "Replay" }).click();
  await page.getByText("the whole trace").waitFor({ timeout: 30_000 });
  await close();
});

test("a running span shows within a second of its start and ends before one's eyes", async () => {
  const traceId = newId(16);
  const root = span(traceId, { name: "long job", agent_name: "worker" });
  await here.emitter.send("span", root);
  const { page, close } = await here.open();
  await page.goto(`/traces/${traceId}`);
  const tree = page.getByRole("treegrid");
  await tree.getByRole("img", { name: "running" }).first().waitFor();

  const child = span(traceId, {
    name: "slow tool",
    span_kind: "TOOL",
    parent_span_id: root.span_id,
  });
  const sent = Date.now();
  await here.emitter.send("span", child);
  await tree.getByText("slow tool").waitFor({ timeout: 5000 });
  assert.ok(Date.now() - sent < 1000, `seen after ${Date.now() - sent} ms`);

  const end = instant(Date.now());
  const ended = [child, root].map((open) => ({ ...open, status: "COMPLETED", end_time: end }));
  await here.emitter.send("span", ...ended);
  const running = tree.getByRole("img", { name: "running" });
  await eventually(
    "nothing that runs",
    () => running.count(),
    (count) => count === 0,
    3000,
  );
  await close();
});

test("a trace of 50,000 spans opens, scrolls and is searched", async () => {
  const { traceId, spans } = largeTrace(50_000);
  await here.emitter.send("span", ...spans);
  await eventually(
    "all spans stored",
    async () => (await here.platform.get(`/api/v1/traces/${traceId}?limit=1`)).trace?.counts.spans,
    (count) => count === 50_000,
    90_000,
  );
  const { page, wrong, close } = await here.open();
  await page.goto(`/traces/${traceId}`);
  const tree = page.getByRole("treegrid", { name: "Spans: 50,000 spans" });
  await tree.waitFor({ timeout: 30_000 });
  assert.ok((await tree.getByRole("row").count()) < 100, "only what is in sight is on the page");
  await tree.focus();
  await page.keyboard.press("End");
  await tree.getByText("call 49999").waitFor();
  await page.getByRole("searchbox", { name: /Find a span/ }).fill("call 31415");
  await page.keyboard.press("Enter");
  await tree.getByText("call 31415").waitFor();
  assert.deepEqual(wrong, []);
  await close();
});

test("a trace that is not there says so", async () => {
  const { page, close } = await here.open();
  await page.goto(`/traces/${newId(16)}`);
  await page.getByRole("heading", { name: "There is no such trace" }).waitFor();
  await close();
});
