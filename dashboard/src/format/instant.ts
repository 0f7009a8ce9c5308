/** Instants: RFC 3339 text with nanoseconds, as milliseconds since the epoch with a fraction. */

const FRACTION_AT = 19;

/** The milliseconds of the latest day that was read: most instants of a trace share one. */
let lastDay = "";
let lastDayMs = 0;

/** Reads `2026-01-31T10:20:30.123456789Z` about ten times as fast as Date does. */
export function millisOf(text: string): number {
  const day = text.slice(0, 10);
  if (day !== lastDay) {
    lastDayMs = Date.parse(`${day}T00:00:00Z`);
    lastDay = day;
  }
  if (!text.endsWith("Z")) return Date.parse(text);
  const seconds = two(text, 11) * 3600 + two(text, 14) * 60 + two(text, 17);
  const fraction = text.length > FRACTION_AT + 1 ? Number(text.slice(FRACTION_AT, -1)) : 0;
  return lastDayMs + seconds * 1000 + fraction * 1000;
}

function two(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + (text.charCodeAt(at + 1) - 48);
}

const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const DAY = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const DAY_OF_YEAR = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

/** The time of day here, to the millisecond. */
export function clockOf(millis: number): string {
  const fraction = Math.floor(((millis % 1000) + 1000) % 1000);
  return `${CLOCK.format(millis)}.${String(fraction).padStart(3, "0")}`;
}

/** The day here. */
export const dayOf = (millis: number): string => DAY.format(millis);

/** Day and time here, as short as they stay clear. */
export function shortOf(millis: number, now = Date.now()): string {
  const sameYear = new Date(millis).getFullYear() === new Date(now).getFullYear();
  const day = (sameYear ? DAY : DAY_OF_YEAR).format(millis);
  return `${day}, ${CLOCK.format(millis)}`;
}

/** The exact instant, here and as the API says it. */
export function exactOf(text: string): string {
  return `${WHOLE.format(millisOf(text))}\n${text}`;
}

const STEPS: [limit: number, unit: number, name: Intl.RelativeTimeFormatUnit][] = [
  [60, 1, "second"],
  [3600, 60, "minute"],
  [86_400, 3600, "hour"],
  [2_592_000, 86_400, "day"],
  [31_536_000, 2_592_000, "month"],
  [Infinity, 31_536_000, "year"],
];
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

/** How long ago, for people. */
export function agoOf(millis: number, now = Date.now()): string {
  const seconds = (millis - now) / 1000;
  if (Math.abs(seconds) < 5) return "just now";
  const step = STEPS.find(([limit]) => Math.abs(seconds) < limit) ?? STEPS[0];
  return step ? RELATIVE.format(Math.round(seconds / step[1]), step[2]) : "";
}
