/** What stands where nothing else does: nothing yet, still loading, or something went wrong. */
import { CircleAlert, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError } from "../api/client";
import { Button } from "./Button";

interface EmptyProps {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
}

/** Nothing here; the children say what to do next. */
export function Empty({ icon: Icon, title, children }: EmptyProps) {
  return (
    <div className="notice">
      <Icon size={30} strokeWidth={1.5} aria-hidden />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

interface FailureProps {
  error: Error;
  retry?: (() => unknown) | undefined;
  children?: ReactNode;
}

/** What went wrong, and a way to try again. */
export function Failure({ error, retry, children }: FailureProps) {
  const missing = error instanceof ApiError && error.status === 404;
  return (
    <div className="notice" role="alert">
      <CircleAlert size={30} strokeWidth={1.5} aria-hidden />
      <h2>{missing ? "Not found" : "That did not work"}</h2>
      <p>{error.message}</p>
      {children}
      {retry && !missing && <Button onClick={() => void retry()}>Try again</Button>}
    </div>
  );
}

/** Lines that are about to come. */
export function Loading({ lines = 8, height = 30 }: { lines?: number; height?: number }) {
  return (
    <div className="stack" style={{ padding: 14, gap: 8 }} role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="skeleton" style={{ height, opacity: 1 - line / (lines + 2) }} />
      ))}
    </div>
  );
}
