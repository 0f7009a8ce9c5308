/** What the page says of a Kafka that does not answer: what `/ready` says, ten seconds later at most. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "./platform.mjs";
import { world } from "./world.mjs";

const here = world();

/** The page says within so many milliseconds what `/ready` says. */
const AGREED_MS = 10_000;

/** `/ready` itself may take a while: clients find out, and find back, in their own time. */
const PATIENCE_MS = 120_000;

test("the page agrees with /ready when Kafka is frozen, and when it is back", async () => {
  const { page, wrong, close } = await here.open();
  const ready = () => fetch(new URL("/ready", here.url)).then((answer) => answer.json());
  const health = (name) => page.getByRole("button", { name });
  const kafka = here.platform.kafkaProcess();
  await page.goto("/traces");
  await health(/^Platform: Ready/).waitFor();
  process.kill(kafka, "SIGSTOP");
  try {
    await eventually("not ready", ready, (said) => said.ready === false, PATIENCE_MS);
    await health(/^Platform: Not ready/).waitFor({ timeout: AGREED_MS });
    const why = await health(/^Platform: Not ready/).getAttribute("aria-label");
    const { components } = await ready();
    const ill = Object.keys(components).filter((name) => !components[name].ready);
    assert.ok(
      ill.some((name) => why.includes(`${name}: `)),
      `${why} does not name any of ${ill}`,
    );
  } finally {
    process.kill(kafka, "SIGCONT");
  }
  await eventually("ready again", ready, (said) => said.ready === true, PATIENCE_MS);
  await health(/^Platform: Ready/).waitFor({ timeout: AGREED_MS });
  assert.deepEqual(wrong, []);
  await close();
});
