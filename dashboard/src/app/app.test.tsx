import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import { Tooltip } from "radix-ui";
import type { ComponentType } from "react";
import { RouterProvider, createMemoryRouter } from "react-router";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError, unwrap } from "../api/client";
import { readinessOf } from "../api/readiness";
import { Layout } from "./Layout";
import { DashboardFailure, PageFailure } from "./PageFailure";
import { queries as usual } from "./queryClient";

const READY = { ready: true, components: { kafka: { ready: true } } };

/** Everybody who asks gets this, as a server would send it. */
const answering = (body: string, init?: ResponseInit) =>
  vi.spyOn(globalThis, "fetch").mockImplementation(() => Promise.resolve(new Response(body, init)));

function shown(Page: ComponentType, options = {}) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false, ...options } } });
  const router = createMemoryRouter([
    {
      path: "/",
      Component: Layout,
      ErrorBoundary: DashboardFailure,
      children: [{ index: true, Component: Page, ErrorBoundary: PageFailure }],
    },
  ]);
  render(
    <QueryClientProvider client={queries}>
      <Tooltip.Provider>
        <RouterProvider router={router} />
      </Tooltip.Provider>
    </QueryClientProvider>,
  );
  return queries;
}

const Plain = () => <p>the page</p>;

describe("the answer of /ready", () => {
  it.each([
    ["another JSON", '{"status":"ok"}'],
    ["a JSON that is no object", '"ready"'],
    ["nothing but null", "null"],
    ["a list", "[]"],
    ["the page of a proxy", "<!doctype html><h1>502 Bad Gateway</h1>"],
    ["nothing", ""],
  ])("may be %s: the page stands and says who answered", async (_, body) => {
    answering(body);
    shown(Plain);
    expect(screen.getByText("the page")).toBeTruthy();
    const state = await screen.findByRole("button", { name: /API away/ });
    expect(state.getAttribute("aria-label")).toContain("Something other than Telemetron's API");
  });

  it.each([
    [{ ready: true }, "Ready"],
    [{ ready: false }, "Not ready"],
    [{ ready: false, components: null }, "Not ready"],
    [
      { ready: false, components: { kafka: null, x: 7, live: { ready: false, reason: 3 } } },
      "live",
    ],
    [READY, "Ready"],
  ])("is read as far as it goes: %j", async (body, word) => {
    answering(JSON.stringify(body), { status: body.ready ? 200 : 503 });
    shown(Plain);
    expect(
      await screen.findByRole("button", { name: new RegExp(`Platform:.*${word}`) }),
    ).toBeTruthy();
  });

  it("no longer counts once the API does not answer", async () => {
    const asked = answering(JSON.stringify(READY));
    const queries = shown(Plain);
    await screen.findByRole("button", { name: /Platform: Ready/ });
    asked.mockRejectedValue(new TypeError("away"));
    await queries.refetchQueries();
    expect(await screen.findByRole("button", { name: /API away.*cannot be reached/ })).toBeTruthy();
  });

  it("no longer counts when it is given no more: a process that is stopped takes the question", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const late = new AbortController();
    vi.spyOn(AbortSignal, "timeout").mockReturnValue(late.signal);
    const asked = answering(JSON.stringify(READY));
    const queries = shown(Plain);
    await screen.findByRole("button", { name: /Platform: Ready/ });
    asked.mockImplementation((input) => {
      const { signal } = input as Request;
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason as Error)),
      );
    });
    void queries.refetchQueries();
    late.abort();
    expect(await screen.findByRole("button", { name: /API away.*does not answer/ })).toBeTruthy();
    vi.useRealTimers();
  });

  it("is refused by name when it is another's", () => {
    expect(() => readinessOf('{"status":"ok"}')).toThrow(ApiError);
  });
});

describe("an answer that is not the API's", () => {
  it.each([
    ["HTML", () => Promise.reject(new SyntaxError("Unexpected token '<'")), "it was no JSON"],
    ["nothing", () => Promise.resolve({ response: new Response() }), "it was empty"],
  ])("is called that: %s", async (_, ask, words) => {
    await expect(unwrap(ask())).rejects.toThrow(words);
  });
});

describe("a page that breaks", () => {
  const quiet = () => vi.spyOn(console, "error").mockImplementation(() => undefined);

  it("says so in words, and the navigation stays", async () => {
    answering(JSON.stringify(READY));
    quiet();
    shown(() => {
      throw new TypeError("Cannot read properties of undefined (reading 'map')");
    });
    expect((await screen.findByRole("alert")).textContent).toContain(
      "This page could not be shown",
    );
    expect(screen.getByRole("navigation", { name: "Pages" })).toBeTruthy();
  });

  it("is not a white page when it is the frame itself", async () => {
    quiet();
    const Broken = () => {
      throw new TypeError("broken");
    };
    const routes = [{ path: "/", Component: Broken, ErrorBoundary: DashboardFailure }];
    render(<RouterProvider router={createMemoryRouter(routes)} />);
    expect((await screen.findByRole("alert")).textContent).toContain("broken");
  });
});

describe("numbers of an API that is away", () => {
  beforeEach(() => vi.useFakeTimers({ shouldAdvanceTime: true }));
  afterEach(() => vi.useRealTimers());

  function Count() {
    const { data } = useQuery({
      queryKey: ["count"],
      queryFn: () =>
        unwrap(
          fetch("/count").then(async (response) => ({
            data: (await response.json()) as number,
            response,
          })),
        ),
    });
    return <p>{data} running</p>;
  }

  it("are said to be old, and are asked again once it is back", async () => {
    let away = false;
    vi.spyOn(globalThis, "fetch").mockImplementation((input) => {
      if (away) return Promise.reject(new TypeError("away"));
      const ready = input instanceof Request && input.url.endsWith("/ready");
      return Promise.resolve(new Response(JSON.stringify(ready ? READY : 3)));
    });
    const queries = shown(Count);
    await screen.findByText("3 running");
    expect(screen.queryByText(/The API does not answer/)).toBeNull();
    away = true;
    await queries.refetchQueries({ queryKey: ["count"] });
    await screen.findByText(/The API does not answer. What stands here is as of \d\d:\d\d:\d\d/);
    away = false;
    vi.advanceTimersByTime(5000);
    await waitFor(() => expect(screen.queryByText(/The API does not answer/)).toBeNull());
  });

  it("try again by themselves", () => {
    const retry = usual.getDefaultOptions().queries?.retry as (n: number, e: Error) => boolean;
    expect(retry(0, new ApiError("away", 0))).toBe(true);
  });
});
