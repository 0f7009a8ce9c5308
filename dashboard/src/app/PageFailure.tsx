/** A page that broke, or never came: the rest of the dashboard goes on. */
import { useRouteError } from "react-router";
import { ApiError } from "../api/client";
import { Failure } from "../ui/Notice";

export function PageFailure() {
  const thrown = useRouteError();
  return <Failure error={wordedOf(thrown)} retry={() => location.reload()} />;
}

/** The whole dashboard broke: nothing but this stands. */
export function DashboardFailure() {
  return (
    <main className="alone">
      <PageFailure />
    </main>
  );
}

/** What broke a page, in words; the program's own come last. */
function wordedOf(thrown: unknown): Error {
  if (thrown instanceof ApiError) return thrown;
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  return new Error(
    "This page could not be shown. The API may be of another version than the dashboard, " +
      `or something else may answer in its place. What the page stumbled over: ${words}`,
  );
}

const CHANGED = new Error("This page could not be fetched. The dashboard may have been updated.");

/** Stands for a page whose files are gone: another version has been installed. */
export function ChunkFailure() {
  return <Failure error={CHANGED} retry={() => location.reload()} />;
}
