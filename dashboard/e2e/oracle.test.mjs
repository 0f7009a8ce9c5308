/** The system as a whole: what is wrong, how it was, and what changed. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { eventually } from "./platform.mjs";
import { world } from "./world.mjs";

const here = world();

before(async () => {
  await here.platform.run("demo", "--once");
  const issues = () => here.platform.get("/api/v1/oracle/issues");
  await eventually("issues", issues, ({ issues }) => issues?.length > 0, 60_000);
  const agents = () => here.platform.get("/api/v1/oracle/agents");
  const coder = ({ items }) => items?.some(({ name }) => name === "coder");
  await eventually("the agents of the demonstration", agents, coder, 60_000);
});

test("the Oracle shows issues with evidence that leads on, agents, models and sources that are not there", async () => {
  const { page, wrong, close } = await here.open();
  await page.goto("/oracle");
  const issue = page.getByRole("region", { name: "Issues", exact: true }).getByRole("listitem");
  await issue.first().waitFor();
  await page.getByRole("region", { name: "Agents" }).getByText("coder").first().waitFor();
  await page.getByRole("region", { name: "Models" }).getByRole("row").nth(1).waitFor();
  const cluster = page.getByRole("list", { name: "Sources" }).getByRole("listitem");
  await cluster
    .filter({ hasText: "Kubernetes" })
    .getByText("not configured", { exact: true })
    .waitFor();
  await page
    .getByRole("list", { name: "Evidence" })
    .getByRole("link", { name: /^(span|trace)/ })
    .first()
    .click();
  await page.waitForURL(/\/traces\/[0-9a-f]{32}/);
  await page.getByRole("treegrid").waitFor();
  assert.deepEqual(wrong, []);
  await close();
});

test("the slider goes back to the first snapshot, and what changed since is a log", async () => {
  const history = () => here.platform.get("/api/v1/oracle/history");
  await eventually("two snapshots", history, ({ items }) => items?.length > 1, 60_000);
  const { page, wrong, close } = await here.open();
  await page.goto("/oracle");
  await page.getByText(/snapshots? kept/).waitFor();
  await page.getByRole("slider", { name: "Moment of the system" }).fill("0");
  await page.waitForURL(/at=/);
  await page.getByRole("radio", { name: "until now" }).click();
  const log = page.getByRole("region", { name: "Log of changes" });
  await log.getByRole("listitem").first().waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Now", exact: true }).click();
  await page.getByText(/snapshots? kept/).waitFor();
  assert.doesNotMatch(page.url(), /at=/);
  assert.deepEqual(wrong, []);
  await close();
});

test("the history of issues leads back to the moment of each", async () => {
  const { page, close } = await here.open();
  await page.goto("/oracle");
  const life = page.getByRole("region", { name: "History of issues" });
  await life.getByText("opened").first().waitFor();
  await life.getByRole("button", { name: "The system at that moment" }).last().click();
  await page.waitForURL(/at=/);
  await page.getByRole("region", { name: "Issues", exact: true }).waitFor();
  await close();
});
