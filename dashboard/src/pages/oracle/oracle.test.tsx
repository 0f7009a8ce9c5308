import { fireEvent, render, screen } from "@testing-library/react";
import { Tooltip } from "radix-ui";
import type { ReactNode } from "react";
import { MemoryRouter } from "react-router";
import { describe, expect, it, vi } from "vitest";
import type { HistoryEntry, Issue, ModelState, SourceState } from "../../api/types";
import { Issues } from "./Issues";
import { callPath, evidenceAddress, nextAddress } from "./links";
import { Models } from "./Models";
import { atOf, fieldOf, fromField, inOrder, instantOf, placeOf } from "./moments";
import { Sources } from "./Sources";
import { TimeBar } from "./TimeBar";
import { Workload } from "./Workload";

const TRACE = "0123456789abcdef0123456789abcdef";
const SPAN = "0123456789abcdef";

const shown = (page: ReactNode) =>
  render(
    <MemoryRouter>
      <Tooltip.Provider>{page}</Tooltip.Provider>
    </MemoryRouter>,
  );

const snapshot = (second: number): HistoryEntry => ({
  taken_at: `2026-01-31T10:20:${String(second).padStart(2, "0")}.123456789Z`,
  id: `state ${second}`,
  agents: 1,
  pods: 0,
  tasks: 0,
  models: 1,
  issues: second,
});
const SNAPSHOTS = inOrder([snapshot(30), snapshot(20), snapshot(10)]);

describe("the moments of the slider", () => {
  it("are each snapshot in order of time, and then the present", () => {
    expect(SNAPSHOTS.map(({ id }) => id)).toEqual(["state 10", "state 20", "state 30"]);
    expect(placeOf(SNAPSHOTS, undefined)).toBe(3);
    expect(instantOf(SNAPSHOTS, 3)).toBeUndefined();
  });

  it("are those that held at an instant", () => {
    expect(placeOf(SNAPSHOTS, snapshot(20).taken_at)).toBe(1);
    expect(placeOf(SNAPSHOTS, "2026-01-31T10:20:29Z")).toBe(1);
    expect(placeOf(SNAPSHOTS, "2020-01-01T00:00:00Z")).toBe(0);
  });

  it("are taken from the address only when it names one", () => {
    expect(atOf("2026-01-31T10:20:29Z")).toBe("2026-01-31T10:20:29Z");
    expect([atOf(null), atOf("yesterday or so")]).toEqual([undefined, undefined]);
  });

  it("go through the field and back to the second", () => {
    expect(fromField(fieldOf("2026-01-31T10:20:29.5Z"))).toBe("2026-01-31T10:20:29.000Z");
    expect([fieldOf(undefined), fromField("")]).toEqual(["", undefined]);
  });
});

describe("the slider", () => {
  it("goes to the snapshot under it once it rests, and steps one at a time", async () => {
    const go = vi.fn();
    shown(<TimeBar known snapshots={SNAPSHOTS} at={undefined} go={go} />);
    fireEvent.change(screen.getByRole("slider"), { target: { value: "0" } });
    fireEvent.change(screen.getByRole("slider"), { target: { value: "1" } });
    await vi.waitFor(() => expect(go).toHaveBeenCalled());
    expect(go.mock.calls).toEqual([[snapshot(20).taken_at]]);
    fireEvent.click(screen.getByRole("button", { name: "The snapshot before" }));
    expect(go).toHaveBeenLastCalledWith(snapshot(30).taken_at);
  });
});

describe("what leads on", () => {
  it("is the page that shows a piece of evidence, if there is one", () => {
    expect(evidenceAddress({ kind: "span", id: `${TRACE}/${SPAN}` })).toBe(
      `/traces/${TRACE}?span=${SPAN}`,
    );
    expect(evidenceAddress({ kind: "agent", id: "a b" })).toBe("/traces?agent=a%20b");
    expect(evidenceAddress({ kind: "tool", id: "search" })).toBe("/traces?tool=search");
    expect(evidenceAddress({ kind: "handoff", id: `${TRACE}/h-1` })).toBe(
      `/traces/${TRACE}?view=graph`,
    );
    expect(evidenceAddress({ kind: "pod", id: "coder-1" })).toBeUndefined();
  });

  it("is the page that answers what is to be asked next", () => {
    expect(nextAddress({ what: "diagnosis", trace_id: TRACE })).toBe(
      `/traces/${TRACE}?view=errors`,
    );
    expect(nextAddress({ what: "span", trace_id: TRACE, span_id: SPAN })).toBe(
      `/traces/${TRACE}?span=${SPAN}`,
    );
    expect(nextAddress({ what: "traces", like: { agent: "a b" } })).toBe("/traces?agent=a+b");
    expect(nextAddress({ what: "agents" })).toBeUndefined();
    expect(callPath("kubectl describe pod coder-1")).toBeUndefined();
  });
});

const ISSUE: Issue = {
  id: "stuck_span:coder",
  kind: "stuck_span",
  severity: "warning",
  subject_kind: "agent",
  subject: "coder",
  summary: "coder has been waiting for 300 s",
  since: "2026-01-31T10:20:00Z",
  first_seen: "2026-01-31T10:20:00Z",
  last_seen: "2026-01-31T10:25:00Z",
  evidence: [
    { kind: "span", id: `${TRACE}/${SPAN}` },
    { kind: "pod", id: "coder-1" },
  ],
  next: {
    call: `/api/v1/traces/${TRACE}/diagnosis`,
    why: "says what it waits for",
    asks: { what: "diagnosis", trace_id: TRACE },
  },
};

describe("an issue", () => {
  it("says what is wrong, links what shows it, and names the next call", () => {
    shown(<Issues issues={[ISSUE]} />);
    expect(screen.getByText("coder has been waiting for 300 s")).toBeTruthy();
    expect(screen.getByRole("link", { name: /^span/ }).getAttribute("href")).toBe(
      `/traces/${TRACE}?span=${SPAN}`,
    );
    expect(screen.queryByRole("link", { name: /^pod/ })).toBeNull();
    expect(screen.getByRole("link", { name: "Look" }).getAttribute("href")).toBe(
      `/traces/${TRACE}?view=errors`,
    );
  });

  it("says when nobody could check it", () => {
    const unchecked = { source: "kubernetes", since: "2026-01-31T10:24:00Z", why: "it is away" };
    shown(<Issues issues={[{ ...ISSUE, unchecked: unchecked as Issue["unchecked"] }]} />);
    expect(screen.getByText("not checked")).toBeTruthy();
  });

  it("is not there when nothing is wrong, which the page says", () => {
    shown(<Issues issues={[]} />);
    expect(screen.getByText(/Nothing is wrong/)).toBeTruthy();
  });
});

const ABSENT: SourceState = {
  name: "kubernetes",
  status: "absent",
  reason: "no cluster is configured",
};

describe("an absent source", () => {
  it("is shown with its reason, there and where it would tell something", () => {
    shown(
      <>
        <Sources sources={[ABSENT]} />
        <Workload workload={[]} sources={[ABSENT]} />
      </>,
    );
    expect(screen.getByText("absent")).toBeTruthy();
    expect(screen.getAllByText(/no cluster is configured/)).toHaveLength(2);
  });

  it("is told apart from one that nobody wants asked", () => {
    shown(<Sources sources={[{ ...ABSENT, configured: false }]} />);
    expect(screen.queryByText("absent")).toBeNull();
    expect(screen.getByText("not configured")).toBeTruthy();
  });
});

describe("a model", () => {
  const model = (fields: Partial<ModelState>): ModelState => ({
    model: "large",
    provider: "us",
    tpm_max: 0,
    rpm_max: 0,
    ...fields,
  });

  it("has a gauge for each limit that is known, and none where none is", () => {
    shown(<Models models={[model({ tpm: 900, tpm_max: 1000, rpm: 3 })]} sources={[]} />);
    const meters = screen.getAllByRole("meter");
    expect(meters.map((meter) => meter.getAttribute("aria-valuetext"))).toEqual(["90 % of 1,000"]);
    expect(meters[0]?.dataset.tone).toBe("warn");
    expect(screen.getByText("no limit known")).toBeTruthy();
  });

  it("has no number where nobody measured one", () => {
    shown(<Models models={[model({ tpm_max: 1000 })]} sources={[]} />);
    expect(screen.queryByRole("meter")).toBeNull();
    expect(screen.getByText("– of 1,000")).toBeTruthy();
  });
});
