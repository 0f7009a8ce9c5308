/** The live page: what happens shows at once, and outlives the API. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newId, span } from "./emit.mjs";
import { eventually, freePort, stopped } from "./platform.mjs";
import { world } from "./world.mjs";

const here = world();

async function connected(page) {
  await page.getByText("connected", { exact: true }).waitFor({ timeout: 30_000 });
}

test("a record shows within a second of the emit", async () => {
  const { page, wrong, close } = await here.open();
  await page.goto("/live");
  await connected(page);
  const name = `job ${newId(4)}`;
  const sent = Date.now();
  await here.emitter.send("span", span(newId(16), { name, agent_name: "worker" }));
  await page.getByText(name).first().waitFor({ timeout: 5000 });
  assert.ok(Date.now() - sent < 1000, `seen after ${Date.now() - sent} ms`);
  const running = page.getByRole("complementary", { name: "Running traces" });
  await running.getByText("worker").first().waitFor();
  assert.deepEqual(wrong, []);
  await close();
});

test("the page begins with the last minutes and goes on without gap or double", async () => {
  const agent = `agent-${newId(4)}`;
  const send = (number) =>
    here.emitter.send("span", span(newId(16), { name: `step ${number}`, agent_name: agent }));
  for (let number = 1; number <= 5; number++) await send(number);
  const { page, wrong, close } = await here.open();
  const opened = page.goto(`/live?agent=${agent}`);
  // Some come while the page is opened, some afterwards.
  for (let number = 6; number <= 12; number++) await send(number);
  await opened;
  await connected(page);
  for (let number = 13; number <= 15; number++) await send(number);
  const feed = page.getByRole("region", { name: "The stream" });
  await feed.getByText("step 15", { exact: true }).waitFor();
  const steps = await feed.getByText(/^step \d+$/).allTextContents();
  const numbers = steps.map((step) => Number(step.slice(5)));
  assert.deepEqual(
    numbers.sort((a, b) => a - b),
    Array.from({ length: 15 }, (_, at) => at + 1),
  );
  await feed.getByText(/The last minutes begin here/).waitFor();
  assert.deepEqual(wrong, []);
  await close();
});

test("where nothing fits, the latest traces are shown", async () => {
  const { page, close } = await here.open();
  await page.goto(`/live?agent=nobody-${newId(4)}`);
  await page.getByText(/Nothing that fits the filters/).waitFor();
  const latest = page.getByRole("region", { name: "The latest traces" });
  await latest.getByRole("link").first().waitFor();
  await close();
});

test("filters hide what is not wanted, and a pause holds everything", async () => {
  const { page, close } = await here.open();
  const agent = `agent-${newId(4)}`;
  await page.goto(`/live?agent=${agent}`);
  await connected(page);
  await here.emitter.send("span", span(newId(16), { name: "unwanted", agent_name: "other" }));
  await here.emitter.send("span", span(newId(16), { name: "wanted one", agent_name: agent }));
  const feed = page.getByRole("region", { name: "The stream" });
  await feed.getByText("wanted one").waitFor();
  assert.equal(await feed.getByText("unwanted").count(), 0);
  await page.getByRole("button", { name: "Pause" }).click();
  await here.emitter.send("span", span(newId(16), { name: "wanted two", agent_name: agent }));
  await page.getByRole("button", { name: /Paused: show 1 newer/ }).click();
  await feed.getByText("wanted two").waitFor();
  await close();
});

test("after the API restarts the page comes back with what it missed", async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const ready = () => fetch(`${url}/ready`).then((answer) => answer.ok);
  let api = here.platform.api(port);
  const { page, wrong, close } = await here.open({ url });
  try {
    await eventually("an API of its own", ready, Boolean, 60_000);
    await page.goto("/live");
    await connected(page);
    // The page knows where it stands once it has seen a record.
    await here.emitter.send("span", span(newId(16), { name: "before" }));
    await page.getByText("before", { exact: true }).waitFor();
    await stopped(api);
    await page.getByText("connection lost, trying again").waitFor();
    const name = `meanwhile ${newId(4)}`;
    await here.emitter.send("span", span(newId(16), { name }));
    api = here.platform.api(port);
    await connected(page);
    await page.getByText(name).first().waitFor();
    await page.getByText(/Connected again after/).waitFor();
    assert.deepEqual(wrong, []);
  } finally {
    await close();
    await stopped(api);
  }
});
