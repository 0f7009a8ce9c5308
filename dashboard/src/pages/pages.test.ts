import { describe, expect, it } from "vitest";
import { traceIdIn } from "../app/JumpBox";
import { withChange } from "../app/useUrlState";
import { facts, laidOut } from "../test/spans";
import { groupsOf, isAlike } from "./compare/groups";
import { CAPACITY, Feed, wants } from "./live/feed";
import { rangeOf } from "./metrics/range";
import { chipsOf, filterOf } from "./traces/filter";
import { alikeAtStart } from "./trace/conversation/Turn";
import { shifted, ticks, zoom } from "./trace/waterfall/scale";

describe("the address of the traces", () => {
  it("becomes a filter; what makes no sense is left out", () => {
    const params = new URLSearchParams(
      "status=FAILED&agent=coder&min_tokens=5&errors_only=true&min_cost_usd=-1&start_after=never",
    );
    expect(filterOf(params, 0)).toEqual({
      status: "FAILED",
      agent: "coder",
      min_tokens: 5,
      errors_only: true,
    });
    expect(filterOf(new URLSearchParams("status=ODD"), 0)).toEqual({});
    expect(filterOf(new URLSearchParams("runs=true"), 0)).toEqual({ follow: "links" });
  });

  it("counts a range back from the minute, so that the question stays the same for a while", () => {
    const params = new URLSearchParams("range=15m");
    const [early, late] = [filterOf(params, 3_600_001), filterOf(params, 3_659_999)];
    expect(early).toEqual({ start_after: "1970-01-01T00:45:00.000Z" });
    expect(late).toEqual(early);
  });

  it("loses what is emptied and names what is set", () => {
    const params = withChange(new URLSearchParams("agent=a&tool=t"), { agent: "", model: "m" });
    expect(params.toString()).toBe("tool=t&model=m");
    expect(chipsOf(params).map(({ text }) => text)).toEqual(["Model: m", "Tool: t"]);
  });

  it("knows a trace id in any form", () => {
    const id = "67e5504410b1426f9247bb680e5fe0c8";
    expect(traceIdIn(" 67E55044-10B1-426F-9247-BB680E5FE0C8 ")).toBe(id);
    expect(traceIdIn("67e55044")).toBeUndefined();
  });
});

describe("the feed", () => {
  const all = { trace: "", agent: "", eventType: "", kind: "", severity: "" };

  it("keeps the newest and stays bounded", () => {
    const feed = new Feed();
    for (let n = 0; n < CAPACITY * 3; n++) {
      feed.record({ type: "record", cursor: `${n}`, kind: "span", data: {} }, n);
    }
    expect(feed.total).toBe(CAPACITY * 3);
    expect(feed.items.length).toBeLessThanOrEqual(CAPACITY * 1.2);
    expect(feed.items.at(-1)?.key).toBe(CAPACITY * 3 - 1);
  });

  it("filters by the rule of the server, and never hides what befell the stream", () => {
    const feed = new Feed();
    const data = { agent_name: "coder", span_kind: "TOOL", status: "FAILED" } as const;
    feed.record({ type: "record", cursor: "1", kind: "span", data }, 0);
    feed.note("3 records were left out", "warn");
    const shown = (wanted: Partial<typeof all>) =>
      feed.items.filter((item) => wants({ ...all, ...wanted }, item)).length;
    expect(shown({ agent: "coder", eventType: "tool_call", severity: "error" })).toBe(2);
    expect(shown({ agent: "planner" })).toBe(1);
    expect(shown({ severity: "critical" })).toBe(1);
  });
});

describe("ranges", () => {
  it("of metrics end with the present minute and are cut into whole minutes", () => {
    const range = rangeOf(new URLSearchParams("range=24h"), 60_001);
    expect(range.to).toBe(120_000);
    expect(range.interval % 60).toBe(0);
    expect(rangeOf(new URLSearchParams("from=2026-01-01&to=2026-01-02"), 0).preset).toBe("custom");
  });

  it("of the waterfall stay within the trace", () => {
    const bounds = { from: 0, to: 100 };
    expect(zoom(bounds, bounds, 0.5, 0.5)).toEqual({ from: 25, to: 75 });
    expect(zoom({ from: 25, to: 75 }, bounds, 4, 0.5)).toEqual(bounds);
    expect(shifted({ from: -10, to: 20 }, bounds)).toEqual({ from: 0, to: 30 });
    expect(ticks(bounds, 0, 5)).toEqual([0, 20, 40, 60, 80, 100]);
  });
});

describe("comparing", () => {
  it("sets the same work of two traces against each other", () => {
    const good = laidOut(facts("a", null, { name: "tests", span_kind: "TOOL" }));
    const bad = laidOut(
      facts("b", null, { name: "tests", span_kind: "TOOL", status: "FAILED" }),
      facts("c", null, { name: "review" }),
    );
    const groups = groupsOf(good, bad);
    expect(groups.map(({ name }) => name)).toEqual(["tests", "review"]);
    expect(groups[0]?.b).toEqual({ spans: 1, failed: 1, took: 10 });
    expect(groups.some(isAlike)).toBe(false);
  });

  it("of two calls knows what was said before", () => {
    const said = (text: string) => ({
      role: "user",
      name: undefined,
      parts: [{ kind: "text" as const, text }],
    });
    expect(alikeAtStart([said("a"), said("b"), said("c")], [said("a"), said("b")])).toBe(2);
    expect(alikeAtStart([said("x")], [said("a")])).toBe(0);
  });
});
