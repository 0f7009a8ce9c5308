import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, renderHook, screen, waitFor } from "@testing-library/react";
import { type ReactNode, useState } from "react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { client } from "../../api/client";
import type { Frame } from "../../live/frames";
import { FakeSocket } from "../../test/FakeSocket";
import { type Item, isNotice } from "./feed";
import { Quiet } from "./Quiet";
import { Running } from "./Running";
import { type Stream, stateOf, tailIn } from "./stream";
import { useFeed } from "./useFeed";

const ALL = { trace: "", agent: "", eventType: "", kind: "", severity: "" };

const frame = (name: string): Frame => ({
  type: "record",
  cursor: `after ${name}`,
  kind: "span",
  data: { name },
});

/** The API answers with this, whatever is asked. */
const answers = (data: unknown) =>
  vi.spyOn(client, "GET").mockResolvedValue({ data, response: new Response() });

const recent = (...names: string[]) => ({
  items: names.map(frame),
  cursor: "here",
  since: "2026-01-01T00:00:00Z",
  more: false,
});

/** What a page stands in; its questions are tried again at once. */
function Around({ children }: { children: ReactNode }) {
  const [queries] = useState(
    () => new QueryClient({ defaultOptions: { queries: { retryDelay: 1 } } }),
  );
  return (
    <QueryClientProvider client={queries}>
      <MemoryRouter>{children}</MemoryRouter>
    </QueryClientProvider>
  );
}

/** Names of records, newest first; of what befell the stream a dash. */
const names = (items: Item[]) => items.map((item) => (isNotice(item) ? "-" : item.data.name));

describe("the feed of the live page", () => {
  beforeEach(() => {
    FakeSocket.all = [];
    vi.stubGlobal("WebSocket", FakeSocket);
  });
  afterEach(() => vi.unstubAllGlobals());

  it("begins with the last minutes and goes on behind them", async () => {
    answers(recent("first", "second"));
    const { result } = renderHook(() => useFeed(ALL, false), { wrapper: Around });
    await waitFor(() => expect(names(result.current.items)).toEqual(["second", "first", "-"]));
    expect(new URL(FakeSocket.last().url).searchParams.get("cursor")).toBe("here");
    FakeSocket.last().open();
    FakeSocket.last().say(frame("third"));
    await waitFor(() =>
      expect(names(result.current.items)).toEqual(["third", "second", "first", "-"]),
    );
    expect(result.current).toMatchObject({ ready: true, state: "open" });
  });

  it("says when nothing is delivered, and when it is again", async () => {
    answers(recent());
    const { result } = renderHook(() => useFeed(ALL, false), { wrapper: Around });
    await waitFor(() => expect(FakeSocket.all.length).toBe(1));
    FakeSocket.last().open();
    FakeSocket.last().say({ type: "delivery", delivering: false, detail: "no broker answers" });
    const dead = { delivers: false, reason: "no broker answers" };
    await waitFor(() => expect(result.current.tail).toEqual(dead));
    FakeSocket.last().say({ type: "delivery", delivering: true });
    await waitFor(() => expect(result.current.tail?.delivers).toBe(true));
    await waitFor(() => expect(names(result.current.items)).toEqual(["-", "-"]));
    // What a connection said ends with it.
    FakeSocket.last().close();
    await waitFor(() => expect(result.current.tail).toBeUndefined());
  });

  it("asks for what is wanted alone, and begins anew when that changes", async () => {
    const asked = answers(recent("first"));
    const { result, rerender } = renderHook((wanted: typeof ALL) => useFeed(wanted, false), {
      wrapper: Around,
      initialProps: ALL,
    });
    await waitFor(() => expect(names(result.current.items)).toEqual(["first", "-"]));
    asked.mockResolvedValue({ data: recent(), response: new Response() });
    rerender({ ...ALL, agent: "coder", severity: "error" });
    await waitFor(() => expect(names(result.current.items)).toEqual([]));
    const query = { agent_names: ["coder"], min_severity: "error", limit: 500 };
    expect(asked.mock.lastCall?.[1]).toMatchObject({ params: { query } });
    const { searchParams } = new URL(FakeSocket.last().url);
    expect(Object.fromEntries(searchParams)).toEqual({
      agent_names: "coder",
      min_severity: "error",
      cursor: "here",
    });
  });

  it("waits for an API that is away before it listens", async () => {
    const asked = vi.spyOn(client, "GET").mockRejectedValue(new TypeError("away"));
    const { result } = renderHook(() => useFeed(ALL, false), { wrapper: Around });
    await waitFor(() => expect(result.current.state).toBe("gone"));
    expect(result.current.ready).toBe(false);
    expect(FakeSocket.all).toEqual([]);
    asked.mockResolvedValue({ data: recent("first"), response: new Response() });
    await waitFor(() => expect(names(result.current.items)).toEqual(["first", "-"]));
    expect(FakeSocket.all.length).toBe(1);
  });
});

const OPEN: Stream = { state: "open", tail: undefined };

describe("a silent stream", () => {
  it("shows what happened last", async () => {
    const trace = {
      trace_id: "a".repeat(32),
      name: "plan a trip",
      status: "COMPLETED",
      stuck: false,
      last_seen: new Date(Date.now() - 3_600_000).toISOString(),
    };
    answers({ items: [trace], next: null });
    render(<Quiet filtered={false} stream={OPEN} />, { wrapper: Around });
    const link = await screen.findByRole("link", { name: "plan a trip" });
    expect(link.getAttribute("href")).toBe(`/traces/${trace.trace_id}`);
    expect(screen.getByText("1 hr. ago")).toBeTruthy();
    expect(screen.queryByText("telemetron demo")).toBeNull();
  });

  it("says how to make something happen where nothing ever has", async () => {
    answers({ items: [], next: null });
    render(<Quiet filtered stream={OPEN} />, { wrapper: Around });
    expect(await screen.findByText("telemetron demo")).toBeTruthy();
    expect(screen.getByText(/Nothing that fits the filters/)).toBeTruthy();
  });
});

describe("a stream over which nothing can come", () => {
  const DEAD: Stream = { state: "open", tail: { delivers: false, reason: "no broker answers" } };

  it.each<[string, Stream, string, RegExp]>([
    [
      "lost",
      { state: "waiting", tail: undefined },
      "connection lost, trying again",
      /not connected/,
    ],
    ["gone", { state: "gone", tail: undefined }, "the API is away, still trying", /API is away/],
    ["dead", DEAD, "connected, but nothing is delivered", /Nothing is delivered/],
  ])("never says that nothing has happened: %s", (_, stream, word, heading) => {
    answers({ items: [], next: null });
    render(<Quiet filtered={false} stream={stream} />, { wrapper: Around });
    expect(stateOf(stream).word).toBe(word);
    expect(stateOf(stream).tone).not.toBe("good");
    expect(screen.getByRole("heading", { name: heading })).toBeTruthy();
    expect(screen.queryByText(/has happened/)).toBeNull();
  });

  it("says why, where the API does", () => {
    answers({ items: [], next: null });
    render(<Quiet filtered={false} stream={DEAD} />, { wrapper: Around });
    expect(screen.getByText(/no broker answers/)).toBeTruthy();
  });

  it("is told from the place of the tail in /ready, if it has one", () => {
    const live = { ready: false, reason: "no broker answers" };
    expect(tailIn({ ready: false, components: { live } })).toEqual(DEAD.tail);
    expect(tailIn({ ready: true, components: {} })).toBeUndefined();
    expect(stateOf(OPEN).word).toBe("connected");
  });
});

describe("what runs", () => {
  it("is not counted as none while nobody says", async () => {
    vi.spyOn(client, "GET").mockRejectedValue(new TypeError("away"));
    render(<Running />, { wrapper: Around });
    await screen.findByRole("alert");
    expect(screen.getByRole("heading", { name: "Running –" })).toBeTruthy();
    expect(screen.queryByText(/Nothing runs/)).toBeNull();
  });

  it("is counted once it is known", async () => {
    answers({ items: [], next: null });
    render(<Running />, { wrapper: Around });
    expect(await screen.findByText("Nothing runs at the moment.")).toBeTruthy();
    expect(screen.getByRole("heading", { name: "Running 0" })).toBeTruthy();
  });
});
