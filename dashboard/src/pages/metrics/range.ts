/** Which range of time the address asks for. */

export const PRESETS = [
  { value: "15m", text: "15 min", minutes: 15 },
  { value: "1h", text: "1 h", minutes: 60 },
  { value: "6h", text: "6 h", minutes: 360 },
  { value: "24h", text: "24 h", minutes: 1440 },
  { value: "7d", text: "7 d", minutes: 10_080 },
  { value: "30d", text: "30 d", minutes: 43_200 },
] as const;

const MINUTE_MS = 60_000;
const SLOTS = 90;

export interface Range {
  preset: string;
  /** Milliseconds since the epoch. */
  from: number;
  to: number;
  /** Seconds in a slot: whole minutes. */
  interval: number;
}

/** The range that is meant; one that counts back from now ends with the present minute. */
export function rangeOf(params: URLSearchParams, now: number): Range {
  const from = Date.parse(params.get("from") ?? "");
  const to = Date.parse(params.get("to") ?? "");
  if (from < to) return { preset: "custom", from, to, interval: intervalOf(to - from) };
  const wanted = params.get("range");
  const preset = PRESETS.find(({ value }) => value === wanted) ?? PRESETS[1];
  const end = Math.ceil(now / MINUTE_MS) * MINUTE_MS;
  const length = preset.minutes * MINUTE_MS;
  return { preset: preset.value, from: end - length, to: end, interval: intervalOf(length) };
}

/** A slot that cuts a range into about 90: whole minutes, at least one. */
function intervalOf(millis: number): number {
  return Math.max(1, Math.round(millis / MINUTE_MS / SLOTS)) * 60;
}
