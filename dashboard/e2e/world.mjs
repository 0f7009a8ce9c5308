/** What every test has: the platform that `run.mjs` started, a browser, a way to Kafka. */
import { after, before } from "node:test";
import { launch, open } from "./browser.mjs";
import { Emitter } from "./emit.mjs";
import { Platform } from "./platform.mjs";

/** The world of one file of tests. */
export function world() {
  const { E2E_URL: url, E2E_KAFKA: kafka, E2E_DATA: data } = process.env;
  if (!url || !kafka || !data) throw new Error("run these tests with `npm run e2e`");
  const here = { platform: new Platform(data), url };
  here.platform.url = url;
  before(async () => {
    here.browser = await launch();
    here.emitter = new Emitter(kafka);
  });
  after(async () => {
    await here.browser?.close();
    await here.emitter?.close();
  });
  here.open = (options) => open(here.browser, options?.url ?? url, options);
  return here;
}
