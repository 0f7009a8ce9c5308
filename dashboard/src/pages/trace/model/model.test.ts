import { describe, expect, it } from "vitest";
import { at, facts, laidOut } from "../../../test/spans";
import { originsOf } from "../errors/failures";
import { criticalPath } from "./critical";
import { visibleRows } from "./layout";
import { previousCall } from "./previousCall";
import { SpanStore, keyIn } from "./spanStore";
import { turnsOf } from "./turns";

const namesOf = (store: SpanStore, places: Iterable<number>) =>
  Array.from(places, (place) => store.ids[place]);

describe("the store of spans", () => {
  it("lets no late start undo an end", () => {
    const store = new SpanStore();
    const ended = facts("a", null, { status: "FAILED" });
    const started = facts("a", null, { status: "RUNNING", end_time: null });
    expect(store.put(ended)).toBe(true);
    expect(store.put(started)).toBe(false);
    expect(store.status[0]).toBe(2);
    expect(store.size).toBe(1);
  });

  it("holds more than it first has room for", () => {
    const store = new SpanStore();
    for (let n = 0; n < 5000; n++) store.put(facts(`s${n}`, null, { start_time: at(n) }));
    expect(store.size).toBe(5000);
    expect((store.start[4999] ?? 0) - (store.start[0] ?? 0)).toBe(4999);
  });
});

describe("the spans of a run", () => {
  const [first, second] = ["1".repeat(32), "2".repeat(32)];
  const { store, layout } = laidOut(
    facts("root", null, { trace_id: first }),
    facts("sends", "root", { trace_id: first, start_time: at(1) }),
    // The same id in another trace, below the span that it links to.
    facts("root", null, {
      trace_id: second,
      start_time: at(2),
      linked_parent: { trace_id: first, span_id: "sends" },
    }),
  );

  it("are told apart by their traces, and hang under what they link to", () => {
    const keys = [`${first}/root`, `${first}/sends`, `${second}/root`];
    expect(namesOf(store, layout.order)).toEqual(keys);
    expect(Array.from(layout.depth)).toEqual([0, 1, 2]);
  });

  it("are found by their ids alone, the first of those that share one", () => {
    expect(store.placeOf("sends")).toBe(1);
    expect(store.placeOf("root")).toBe(0);
    expect(keyIn(store, { trace_id: second, span_id: "root" })).toBe(`${second}/root`);
  });

  it("stay where they hang when the stream tells of them again", () => {
    const again = new SpanStore();
    const parent = { trace_id: first, span_id: "sends" };
    again.put(facts("sends", null, { trace_id: first }));
    again.put(facts("x", null, { trace_id: second, status: "RUNNING", linked_parent: parent }));
    again.put(facts("x", null, { trace_id: second, status: "COMPLETED" }));
    expect(again.parentIds[1]).toBe(`${first}/sends`);
  });
});

describe("the layout", () => {
  it("puts parents before children and siblings by start, whatever the order of arrival", () => {
    const { store, layout } = laidOut(
      facts("late", "root", { start_time: at(5) }),
      facts("leaf", "early", { start_time: at(2) }),
      facts("early", "root", { start_time: at(1) }),
      facts("root", null),
    );
    expect(namesOf(store, layout.order)).toEqual(["root", "early", "leaf", "late"]);
    expect(layout.below[store.placeOf("root")]).toBe(3);
    expect(layout.depth[store.placeOf("leaf")]).toBe(2);
  });

  it("shows spans whose parent is missing, and those whose parents form a circle", () => {
    const { store, layout } = laidOut(
      facts("orphan", "gone"),
      facts("a", "b"),
      facts("b", "a"),
      facts("self", "self"),
    );
    expect(new Set(namesOf(store, layout.order))).toEqual(new Set(["orphan", "a", "b", "self"]));
    expect(layout.order.length).toBe(4);
    expect(layout.orphans).toBe(1);
  });

  it("goes as deep as a trace does", () => {
    const chain = Array.from({ length: 20_000 }, (_, n) => facts(`s${n}`, n ? `s${n - 1}` : null));
    const { layout } = laidOut(...chain);
    expect(layout.depth[19_999]).toBe(19_999);
    expect(layout.below[0]).toBe(19_999);
  });

  it("hides what is below collapsed spans", () => {
    const { store, layout } = laidOut(
      facts("root", null),
      facts("a", "root"),
      facts("below a", "a"),
      facts("b", "root", { start_time: at(1) }),
    );
    const rows = visibleRows(layout, { has: (place) => place === store.placeOf("a") });
    expect(namesOf(store, rows)).toEqual(["root", "a", "b"]);
  });
});

describe("the critical path", () => {
  it("follows from the end backwards what was waited for", () => {
    const { store, layout } = laidOut(
      facts("root", null, { end_time: at(100) }),
      facts("quick", "root", { start_time: at(0), end_time: at(30) }),
      facts("slow", "root", { start_time: at(0), end_time: at(60) }),
      facts("last", "root", { start_time: at(60), end_time: at(100) }),
      facts("inner", "last", { start_time: at(70), end_time: at(100) }),
    );
    const marks = criticalPath(store, layout, layout.to);
    const marked = namesOf(store, layout.order).filter((_, at) => marks[layout.order[at] ?? 0]);
    expect(marked).toEqual(["root", "slow", "last", "inner"]);
  });
});

describe("failures", () => {
  it("begin where nothing below failed, and take with them what is above", () => {
    const { store, layout } = laidOut(
      facts("root", null, { status: "FAILED" }),
      facts("coder", "root", { status: "FAILED" }),
      facts("run_tests", "coder", { status: "FAILED", span_kind: "TOOL" }),
      facts("fine", "coder", { span_kind: "TOOL" }),
    );
    const origins = originsOf(store, layout);
    expect(origins.map(({ place }) => store.ids[place])).toEqual(["run_tests"]);
    expect(namesOf(store, origins[0]?.above ?? [])).toEqual(["coder", "root"]);
  });
});

describe("turns of a conversation", () => {
  it("are calls, and agents that say what no call says", () => {
    const { store, layout } = laidOut(
      facts("orchestrator", null),
      facts("think", "orchestrator", { span_kind: "LLM", start_time: at(1) }),
      facts("speaker", "orchestrator", { start_time: at(2) }),
      facts("step", "orchestrator", { span_kind: "CHAIN", start_time: at(3) }),
      facts("search", "speaker", { span_kind: "TOOL", start_time: at(4) }),
    );
    expect(namesOf(store, turnsOf(store, layout))).toEqual(["think", "speaker", "search"]);
  });

  it("know the call before of the same agent", () => {
    const call = (id: string, agent: string, start: number) =>
      facts(id, null, { span_kind: "LLM", agent, start_time: at(start) });
    const { store } = laidOut(call("one", "a", 1), call("other", "b", 2), call("two", "a", 3));
    expect(previousCall(store, "two")).toBe("one");
    expect(previousCall(store, "one")).toBeUndefined();
  });
});
