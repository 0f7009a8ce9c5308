/** What the pages say when the API is away, when another answers for it, or nothing can come. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newId, span } from "./emit.mjs";
import { eventually, freePort, stopped } from "./platform.mjs";
import { world } from "./world.mjs";

const here = world();

const FOREIGN = {
  "another JSON": { status: 200, contentType: "application/json", body: '{"status":"ok"}' },
  "the page of a proxy": { status: 502, contentType: "text/html", body: "<h1>Bad Gateway</h1>" },
  nothing: { status: 200, contentType: "application/json", body: "" },
};

for (const [what, answer] of Object.entries(FOREIGN)) {
  test(`the page stands when ${what} comes from /ready`, async () => {
    const { page, wrong, close } = await here.open();
    await page.route("**/ready", (route) => route.fulfill(answer));
    await page.goto("/traces");
    await page.getByRole("heading", { name: "Traces", exact: true }).waitFor();
    await page.getByRole("button", { name: /Platform: API away.*Something other/ }).waitFor();
    await page.getByRole("link", { name: "Oracle" }).click();
    await page.getByRole("heading", { name: "Oracle" }).waitFor();
    assert.deepEqual(wrong, []);
    await close();
  });
}

test("a page that cannot read its answer says so, and the others go on", async () => {
  const { page, close } = await here.open();
  await page.route("**/api/v1/metrics?**", (route) => route.fulfill({ json: { not: "metrics" } }));
  await page.goto("/charts");
  await page
    .getByRole("alert")
    .getByText(/This page could not be shown/)
    .waitFor();
  await page.getByRole("link", { name: "Traces", exact: true }).click();
  await page.getByRole("heading", { name: "Traces", exact: true }).waitFor();
  await close();
});

test("a stream that is connected but gets nothing is not called quiet", async () => {
  const { page, close } = await here.open();
  const live = { ready: false, reason: "no broker answers" };
  const kafka = { ready: true };
  await page.route("**/ready", (route) =>
    route.fulfill({ status: 503, json: { ready: false, components: { kafka, live } } }),
  );
  await page.goto(`/live?agent=nobody-${newId(4)}`);
  await page.getByText("connected, but nothing is delivered").waitFor();
  await page.getByRole("heading", { name: "Nothing is delivered to this page" }).waitFor();
  await page.getByText(/no broker answers/).waitFor();
  assert.equal(await page.getByText(/has happened/).count(), 0);
  // Said anew once the tail is back.
  await page.unroute("**/ready");
  await page.getByText("connected", { exact: true }).waitFor({ timeout: 15_000 });
  await page.getByText(/Nothing that fits the filters/).waitFor();
  await close();
});

test("what a page shows is said to be old while the API is away, and new once it is back", async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const ready = () => fetch(`${url}/ready`).then((answer) => answer.ok);
  let api = here.platform.api(port);
  const { page, close } = await here.open({ url });
  try {
    await eventually("an API of its own", ready, Boolean, 60_000);
    await here.emitter.send("span", span(newId(16), { name: "at work" }));
    await page.goto("/live");
    const running = page.getByRole("heading", { name: /^Running \d/ });
    await running.waitFor();
    await stopped(api);
    await page.getByText(/The API does not answer. What stands here is as of/).waitFor();
    await page.getByText("– records/s").waitFor();
    api = here.platform.api(port);
    await page.getByText(/The API does not answer/).waitFor({ state: "detached", timeout: 60_000 });
    await page.getByText("connected", { exact: true }).waitFor();
  } finally {
    await close();
    await stopped(api);
  }
});

test("how many run is not known where nobody answers", async () => {
  const { page, close } = await here.open();
  await page.route("**/api/v1/**", (route) => route.abort());
  await page.goto("/live");
  await page.getByRole("heading", { name: "Running –" }).waitFor();
  await page.getByText("connection lost, trying again").waitFor();
  await page.getByRole("heading", { name: "The stream is not connected" }).waitFor();
  assert.equal(await page.getByText(/Nothing (runs|has happened)/).count(), 0);
  await close();
});
