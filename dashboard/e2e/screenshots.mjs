/** Takes a picture of every page, light, dark and on a phone, into `screenshots/`, to be looked at. */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { launch, open } from "./browser.mjs";
import { Platform, eventually } from "./platform.mjs";

const OUT = fileURLToPath(new URL("../screenshots/", import.meta.url));
const VIEWS = ["waterfall", "graph", "timeline", "conversation", "errors", "cost", "raw"];
const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  phone: { colorScheme: "light", viewport: { width: 390, height: 800 } },
};
/** Charts and the stream need a moment to have something to show. */
const SETTLE_MS = 1500;

mkdirSync(OUT, { recursive: true });
const platform = await Platform.up();
const demo = platform.begin("demo", "--rate", "30");
const browser = await launch();
try {
  const failed = await eventually(
    "a failed trace",
    async () => (await platform.get("/api/v1/traces?status=FAILED")).items[0],
  );
  const good = await eventually(
    "a good trace",
    async () => (await platform.get("/api/v1/traces?status=COMPLETED")).items[0],
  );
  const { spans } = await platform.get(`/api/v1/traces/${failed.trace_id}`);
  const model = spans.find(({ span_kind: kind }) => kind === "LLM");
  const pages = {
    live: "/live",
    traces: "/traces",
    span: `/traces/${failed.trace_id}?span=${model.span_id}`,
    compare: `/compare?a=${failed.trace_id}&b=${good.trace_id}`,
    sessions: "/sessions",
    session: `/sessions/${failed.session_id}`,
    oracle: "/oracle",
    metrics: "/charts?range=15m",
    ingest: "/ingest",
    ...Object.fromEntries(VIEWS.map((view) => [view, `/traces/${failed.trace_id}?view=${view}`])),
  };
  for (const [look, options] of Object.entries(LOOKS)) {
    const { page, close } = await open(browser, platform.url, options);
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(path);
      await page.getByRole("main").getByRole("heading").first().waitFor();
      await page.waitForTimeout(SETTLE_MS);
      await page.screenshot({ path: `${OUT}${name}-${look}.png` });
    }
    await close();
  }
} finally {
  await browser.close();
  demo.kill("SIGINT");
  await platform.down();
}
