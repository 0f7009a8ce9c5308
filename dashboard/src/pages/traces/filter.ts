/** What the address says about which traces are wanted. */
import type { TraceFilter } from "../../api/queries";
import type { Status } from "../../api/types";

/** Fields that are words, with what they are called. */
export const TEXT_FIELDS = [
  ["agent", "Agent"],
  ["model", "Model"],
  ["tool", "Tool"],
  ["session_id", "Session"],
  ["user_id", "User"],
  ["project", "Project"],
] as const;

/** Fields that are least amounts. */
export const AMOUNT_FIELDS = [
  ["min_duration_ms", "At least, ms"],
  ["min_tokens", "At least, tokens"],
  ["min_cost_usd", "At least, dollars"],
] as const;

export const FLAG_FIELDS = [
  ["errors_only", "With errors"],
  ["stuck_only", "Stuck"],
] as const;

export const RANGES = [
  { value: "15m", text: "15 min", minutes: 15 },
  { value: "1h", text: "1 h", minutes: 60 },
  { value: "24h", text: "24 h", minutes: 1440 },
  { value: "7d", text: "7 d", minutes: 10_080 },
] as const;

const MINUTE_MS = 60_000;
const STATUSES: readonly string[] = ["RUNNING", "COMPLETED", "FAILED"] satisfies Status[];

/** The filter for the API; a range that counts from now is rounded to the minute. */
export function filterOf(params: URLSearchParams, now: number): TraceFilter {
  const filter: TraceFilter = {};
  const status = params.get("status");
  if (status !== null && STATUSES.includes(status)) filter.status = status as Status;
  for (const [field] of TEXT_FIELDS) {
    const text = params.get(field);
    if (text) filter[field] = text;
  }
  for (const [field] of AMOUNT_FIELDS) {
    const amount = Number(params.get(field));
    if (amount > 0) filter[field] = amount;
  }
  for (const [field] of FLAG_FIELDS) if (params.get(field) === "true") filter[field] = true;
  if (params.get("runs") === "true") filter.follow = "links";
  const text = params.get("q")?.trim();
  if (text) filter.q = text;
  return { ...filter, ...rangeOf(params, now) };
}

function rangeOf(params: URLSearchParams, now: number): TraceFilter {
  const preset = RANGES.find(({ value }) => value === params.get("range"));
  if (preset) {
    const minute = Math.floor(now / MINUTE_MS) - preset.minutes;
    return { start_after: new Date(minute * MINUTE_MS).toISOString() };
  }
  const range: TraceFilter = {};
  for (const field of ["start_after", "start_before"] as const) {
    const millis = Date.parse(params.get(field) ?? "");
    if (!Number.isNaN(millis)) range[field] = new Date(millis).toISOString();
  }
  return range;
}

export interface Chip {
  field: string;
  text: string;
}

/** The filters in effect that the bar itself does not show. */
export function chipsOf(params: URLSearchParams): Chip[] {
  const named: readonly (readonly [string, string])[] = [
    ...TEXT_FIELDS,
    ...AMOUNT_FIELDS,
    ["start_after", "From"],
    ["start_before", "Until"],
  ];
  return named.flatMap(([field, name]) => {
    const value = params.get(field);
    return value ? [{ field, text: `${name}: ${value}` }] : [];
  });
}
