/** A page that broke, or never came: the rest of the dashboard goes on. */
import { useRouteError } from "react-router";
import { Failure } from "../ui/Notice";

export function PageFailure() {
  const thrown = useRouteError();
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return <Failure error={error} retry={() => location.reload()} />;
}

const CHANGED = new Error("This page could not be fetched. The dashboard may have been updated.");

/** Stands for a page whose files are gone: another version has been installed. */
export function ChunkFailure() {
  return <Failure error={CHANGED} retry={() => location.reload()} />;
}
