import { render, screen, within } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { describe, expect, it } from "vitest";
import type { Diagnosis as Told, TraceComparison } from "../../../api/types";
import { facts, laidOut } from "../../../test/spans";
import { Differences } from "../../compare/Differences";
import { Diagnosis } from "./Diagnosis";

const [A, B] = ["a".repeat(32), "b".repeat(32)];
const [ROOT, TOOL] = ["1".repeat(16), "2".repeat(16)];
const { store } = laidOut(
  facts(ROOT, null, { name: "run", status: "FAILED" }),
  facts(TOOL, ROOT, { name: "run_tests", status: "FAILED" }),
);

const TOLD: Told = {
  trace_id: A,
  name: "run",
  status: "FAILED",
  verdict: "run_tests failed: the disk is full",
  is_hypothesis: false,
  causes: [
    {
      rank: 1,
      kind: "error_origin",
      confidence: "certain",
      sentence: "The error began in run_tests",
      agent: "coder",
      span_id: TOOL,
      evidence: [TOOL, ROOT],
      next: `GET /api/v1/traces/${A}/spans/${TOOL}`,
      asks: { what: "span", trace_id: A, span_id: TOOL },
    },
  ],
  chain: [
    { span_id: TOOL, name: "run_tests", agent: "coder", fate: "began", error: "disk full" },
    { span_id: ROOT, name: "run", agent: null, fate: "surfaced" },
  ],
  findings: [],
  limits: ["payloads over 1 MiB"],
  omitted: { causes: 0, findings: 2, chain: 0, path_parts: 0 },
  estimated_tokens: 100,
};

const shown = (told: Told) =>
  render(
    <MemoryRouter initialEntries={[`/traces/${A}?view=errors`]}>
      <Diagnosis told={told} store={store} />
    </MemoryRouter>,
  );

describe("a diagnosis", () => {
  it("ranks causes, whose evidence leads to each span once, in the waterfall", () => {
    shown(TOLD);
    const causes = within(screen.getByRole("list", { name: "Likely causes" }));
    const links = causes.getAllByRole("link");
    expect(links.map((link) => link.textContent)).toEqual(["run_tests", "run", "Look"]);
    expect(links[2]?.getAttribute("href")).toBe(`/traces/${A}?span=${TOOL}`);
    expect(links[0]?.getAttribute("href")).toBe(`/traces/${A}?span=${TOOL}`);
    expect(causes.getByText("certain")).toBeTruthy();
  });

  it("shows the way of the error, and says what was left out", () => {
    shown(TOLD);
    const chain = within(screen.getByRole("list", { name: "The way of the error" }));
    const links = chain.getAllByRole("listitem").map((item) => item.textContent);
    expect(links).toEqual(["began hererun_testscoderdisk full", "came outrun"]);
    expect(screen.getByText("Left out: 2 findings")).toBeTruthy();
    expect(screen.getByText("payloads over 1 MiB")).toBeTruthy();
  });

  it("says of a guess that it is one, and leads to the last good run", () => {
    shown({ ...TOLD, is_hypothesis: true });
    expect(screen.getByText(/a guess from/)).toBeTruthy();
    const link = screen.getByRole("link", { name: /last good run/ });
    expect(link.getAttribute("href")).toBe(`/compare?a=${A}&b=last-good`);
  });
});

const SIDE = {
  name: "run",
  status: "FAILED" as const,
  failed_spans: 1,
  spans: 2,
  steps: 2,
  duration_ms: 10,
  total_tokens: 0,
  cost_usd: 0,
};

describe("a comparison", () => {
  it("shows each step that differs with what differs, and leads to both spans", () => {
    const told: TraceComparison = {
      a: { trace_id: A, ...SIDE },
      b: { trace_id: B, ...SIDE, status: "COMPLETED", failed_spans: 0 },
      chosen_because: "the latest good one",
      verdict: "A failed in run_tests",
      summary: ["A failed, B completed"],
      steps: [
        {
          change: "changed",
          agent: "coder",
          kind: "TOOL",
          name: "run_tests",
          a: TOOL,
          b: ROOT,
          differences: [{ aspect: "finish_reason", a: "stop", lines: ["-one", "+two"] }],
        },
      ],
      same_steps: 4,
      omitted_steps: 0,
      limits: [],
      next: [],
    };
    render(
      <MemoryRouter>
        <Differences told={told} />
      </MemoryRouter>,
    );
    const steps = within(screen.getByRole("list", { name: "Steps that differ" }));
    expect(steps.getByText("finish reason")).toBeTruthy();
    expect(steps.getByText("stop → –")).toBeTruthy();
    expect(steps.getByText(/-one/).textContent).toBe("-one\n+two");
    const link = steps.getByRole("link", { name: "in B" });
    expect(link.getAttribute("href")).toBe(`/traces/${B}?span=${ROOT}`);
    expect(screen.getByText(/4 steps the same/)).toBeTruthy();
  });
});
