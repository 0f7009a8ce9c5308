import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, renderHook, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { client } from "../../../api/client";
import type { AgentNode, TraceAnswer } from "../../../api/types";
import { at } from "../../../test/spans";
import { useHandoffs } from "../model/notes";
import { Invocations } from "./Invocations";

const WORK = {
  spans: 1,
  running_spans: 0,
  duration_ms: 1500,
  llm_calls: 1,
  tool_calls: 0,
  tokens: { input: 900, output: 100, total: 1000, cached: 0, reasoning: 0 },
  cost_usd: 0,
  errors: 0,
};

const NODE: AgentNode = {
  id: "researcher",
  name: "researcher",
  ...WORK,
  invocation_count: 3,
  invocations: [
    {
      ...WORK,
      span_id: "1".repeat(16),
      name: "research Rome",
      called_by: null,
      status: "COMPLETED",
      start_time: at(0),
      end_time: at(1500),
    },
    {
      ...WORK,
      span_id: "2".repeat(16),
      name: "research Oslo",
      called_by: null,
      status: "FAILED",
      start_time: at(10),
      end_time: at(1510),
      errors: 2,
    },
  ],
};

describe("the invocations of an agent", () => {
  it("are told apart by span, time, tokens and what failed, each with its way to the span", () => {
    const select = vi.fn();
    render(<Invocations node={NODE} ordered={false} select={select} />);
    const [rome, oslo] = screen.getAllByRole("listitem");
    if (!rome || !oslo) throw new Error("two invocations");
    expect(within(rome).getByText("completed")).toBeTruthy();
    expect(within(oslo).getByText("2 errors")).toBeTruthy();
    expect(within(oslo).getByText("1,000 tokens")).toBeTruthy();
    fireEvent.click(within(oslo).getByRole("button", { name: "research Oslo" }));
    expect(select).toHaveBeenCalledWith("2".repeat(16));
    expect(screen.getByText("and 1 more, later")).toBeTruthy();
  });
});

describe("the handoffs of a trace", () => {
  const handoff = (id: string) => ({ handoff_id: id, context: null });
  const answer = (omitted: number) =>
    ({
      trace: { trace_id: "a".repeat(32) },
      handoffs: [handoff("h1")],
      omitted: { handoffs: omitted },
    }) as unknown as TraceAnswer;
  const shown = (omitted: number) =>
    renderHook(() => useHandoffs(answer(omitted)).map((one) => one.handoff_id), {
      wrapper: ({ children }) => (
        <QueryClientProvider client={new QueryClient()}>{children}</QueryClientProvider>
      ),
    });

  it("are read to their end where the answer holds the first alone", async () => {
    const page = (ids: string[], next: string | null) =>
      ({ data: { items: ids.map(handoff), next }, response: new Response() }) as never;
    const asked = vi
      .spyOn(client, "GET")
      .mockResolvedValueOnce(page(["h1", "h2"], "more"))
      .mockResolvedValueOnce(page(["h3"], null));
    const { result } = shown(2);
    await waitFor(() => expect(result.current).toEqual(["h1", "h2", "h3"]));
    expect(asked.mock.lastCall?.[1]).toMatchObject({ params: { query: { cursor: "more" } } });
  });

  it("are not asked for where the answer has them all", () => {
    const asked = vi.spyOn(client, "GET");
    expect(shown(0).result.current).toEqual(["h1"]);
    expect(asked).not.toHaveBeenCalled();
  });
});
