/** Which page belongs to which address. Every page is a chunk of its own. */
import type { ComponentType } from "react";
import { type RouteObject, createBrowserRouter, redirect } from "react-router";
import { Layout } from "./Layout";
import { Missing } from "./Missing";
import { ChunkFailure, DashboardFailure, PageFailure } from "./PageFailure";

/** A page that is fetched when it is first wanted; one that cannot be fetched says so. */
function page(path: string, load: () => Promise<ComponentType>): RouteObject {
  const lazy = async () => ({ Component: await load().catch(() => ChunkFailure) });
  return { path, lazy, ErrorBoundary: PageFailure };
}

const children: RouteObject[] = [
  { index: true, loader: () => redirect("/live") },
  page("live", async () => (await import("../pages/live/LivePage")).LivePage),
  page("traces", async () => (await import("../pages/traces/TracesPage")).TracesPage),
  page("traces/:traceId", async () => (await import("../pages/trace/TracePage")).TracePage),
  page("compare", async () => (await import("../pages/compare/ComparePage")).ComparePage),
  page("sessions", async () => (await import("../pages/sessions/SessionsPage")).SessionsPage),
  page(
    "sessions/:sessionId",
    async () => (await import("../pages/sessions/SessionPage")).SessionPage,
  ),
  page("oracle", async () => (await import("../pages/oracle/OraclePage")).OraclePage),
  // `/metrics` itself is what Prometheus reads.
  page("charts", async () => (await import("../pages/metrics/MetricsPage")).MetricsPage),
  page("ingest", async () => (await import("../pages/ingest/IngestPage")).IngestPage),
  { path: "*", Component: Missing },
];

export const router = createBrowserRouter([
  {
    path: "/",
    Component: Layout,
    ErrorBoundary: DashboardFailure,
    HydrateFallback: () => null,
    children,
  },
]);
