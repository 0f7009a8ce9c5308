import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { describe, expect, it, vi } from "vitest";
import { spanKey, spanQuery } from "../../api/queries";
import type { TraceAnswer } from "../../api/types";
import { at } from "../../test/spans";
import { RunBar } from "./RunBar";

const [DESK, BANK] = ["a".repeat(32), "b".repeat(32)];
const NOTHING = { input: 0, output: 0, total: 0, cached: 0, reasoning: 0 };

const SUMS: NonNullable<TraceAnswer["trace"]["run"]> = {
  trace_id: DESK,
  traces: 2,
  running_traces: 0,
  failed_traces: 1,
  start_time: at(0),
  end_time: at(10),
  spans: 7,
  failed_spans: 1,
  llm_calls: 2,
  tool_calls: 0,
  tokens: { ...NOTHING, input: 200, output: 40, total: 240 },
  cost_usd: 0,
  more: false,
};

const ONE = { status: "COMPLETED" as const, start_time: at(0), end_time: at(10), spans: 3 };
const RUN: NonNullable<TraceAnswer["run"]> = {
  follow: "links",
  trace_id: DESK,
  traces: [
    { ...ONE, trace_id: DESK, name: "desk" },
    { ...ONE, trace_id: BANK, name: "bank", status: "FAILED" },
  ],
  more: true,
};

/** As much of an answer as says of which run it is. */
const answer = (fields: { trace?: object; run?: object }) =>
  ({ trace: { trace_id: BANK }, ...fields }) as unknown as TraceAnswer;

function shown(of: TraceAnswer) {
  const onFollow = vi.fn();
  render(
    <MemoryRouter>
      <RunBar answer={of} traceId={BANK} onFollow={onFollow} />
    </MemoryRouter>,
  );
  return onFollow;
}

describe("the bar of a run", () => {
  it("is not there for a trace that is alone", () => {
    shown(answer({}));
    expect(screen.queryByRole("region", { name: "Run" })).toBeNull();
  });

  it("says what the whole run comes to, and leads to it", async () => {
    const onFollow = shown(answer({ trace: { trace_id: BANK, run: SUMS } }));
    expect(screen.getByRole("region", { name: "Run" }).textContent).toContain(
      "One of 2 traces of a run: 7 spans, 240 tokens, 1 failed in all",
    );
    await userEvent.click(screen.getByRole("radio", { name: "Whole run" }));
    expect(onFollow).toHaveBeenCalledWith("links");
  });

  it("names the traces of the run, and leads back to the one", async () => {
    const onFollow = shown(answer({ run: RUN }));
    const members = screen.getByRole("list", { name: "Traces of the run" });
    expect(members.querySelector("[aria-current] a")?.textContent).toBe("bank");
    expect(screen.getByText(/2 traces joined by links, read as one; there are more/)).toBeDefined();
    await userEvent.click(screen.getByRole("radio", { name: "This trace" }));
    expect(onFollow).toHaveBeenCalledWith(null);
  });
});

describe("a span of a run", () => {
  it("is asked for in its own trace", () => {
    const key = spanKey("1".repeat(16), BANK);
    expect(spanQuery(DESK, key).queryKey).toEqual(["trace", BANK, "span", "1".repeat(16)]);
    expect(spanQuery(DESK, "2".repeat(16)).queryKey[1]).toBe(DESK);
  });
});
