/** A run that its runtime scattered over several traces, shown as one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seriousFindings } from "./browser.mjs";
import { instant, newId, span } from "./emit.mjs";
import { eventually } from "./platform.mjs";
import { world } from "./world.mjs";

const here = world();
const AGENTS = ["front desk", "bank", "clerk"];
const NAME = `refund ${newId(3)}`;
const traces = AGENTS.map(() => newId(16));

/** Sends the run, once for all tests. */
let sent;
const scattered = () => (sent ??= send());

async function send() {
  const begin = Date.now() - 10_000;
  let sender;
  const spans = AGENTS.flatMap((agent, at) => {
    const fields = { status: "COMPLETED", start_time: instant(begin + at * 100) };
    const ended = { ...fields, end_time: instant(begin + at * 100 + 80), agent_name: agent };
    const name = at === 0 ? NAME : `message to ${agent}`;
    const root = span(traces[at], { ...ended, name, links: sender && [sender] });
    const call = span(traces[at], {
      ...ended,
      name: `call of ${agent}`,
      parent_span_id: root.span_id,
      span_kind: "LLM",
      model: "m",
      token_usage: { input: 100, output: 20 },
    });
    sender = { trace_id: traces[at], span_id: call.span_id };
    return [root, call];
  });
  await here.emitter.send("span", ...spans);
  await eventually(
    "the whole run",
    async () =>
      (await here.platform.get(`/api/v1/traces/${traces[0]}?follow=links`)).trace?.counts.spans,
    (count) => count === 6,
  );
}

test("a trace of a run says so, and shows the whole run in every view", async () => {
  await scattered();
  const { page, wrong, close } = await here.open();
  await page.goto(`/traces/${traces[1]}`);
  const bar = page.getByRole("region", { name: "Run" });
  await bar.getByText("One of 3 traces of a run: 6 spans").waitFor();
  await bar.getByRole("radio", { name: "Whole run" }).click();
  await bar.getByText("3 traces joined by links, read as one").waitFor();
  const tree = page.getByRole("treegrid", { name: "Spans: 6 spans" });
  await tree.getByText("call of clerk").click();
  const panel = page.getByRole("complementary", { name: "Span" });
  await panel.getByText("120").first().waitFor();
  assert.match(page.url(), /follow=links/);
  await page.keyboard.press("Escape");
  assert.deepEqual(await seriousFindings(page), []);

  for (const [view, shows] of [
    ["graph", "clerk"],
    ["timeline", "message to bank"],
    ["errors", "Nothing failed"],
    ["cost", "360"],
  ]) {
    await page.goto(`/traces/${traces[1]}?follow=links&view=${view}`);
    await page.getByText(shows).first().waitFor();
  }
  await bar.getByRole("radio", { name: "This trace" }).click();
  await bar.getByText("One of 3 traces of a run").waitFor();
  assert.deepEqual(wrong, []);
  await close();
});

test("the list shows runs, each as one line with the sums of all", async () => {
  await scattered();
  const { page, close } = await here.open();
  await page.goto("/traces");
  await page.getByText("message to clerk").first().waitFor();
  await page.getByRole("button", { name: "Runs" }).click();
  await page.getByText("message to clerk").first().waitFor({ state: "detached" });
  const row = page.getByRole("row").filter({ hasText: NAME });
  await row.getByText("3 traces").waitFor();
  await row.getByText("360").waitFor();
  await row.click();
  await page.getByRole("treegrid", { name: "Spans: 6 spans" }).waitFor();
  await close();
});
