/** Durations, counts, money and sizes for people. */

/** A duration of so many milliseconds, in three significant digits. */
export function durationOf(millis: number): string {
  if (millis < 0.001) return "0 ms";
  if (millis < 1) return `${digits(millis * 1000)} µs`;
  if (millis < 1000) return `${digits(millis)} ms`;
  const seconds = millis / 1000;
  if (seconds < 60) return `${digits(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const WHOLE = new Intl.NumberFormat("en");
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** A count with separators. */
export const countOf = (count: number): string => WHOLE.format(count);

/** A count in at most five signs; small ones keep a digit behind the point. */
export function compactOf(count: number): string {
  if (Math.abs(count) < 10) return String(Math.round(count * 10) / 10);
  return Math.abs(count) < 10_000 ? WHOLE.format(Math.round(count)) : COMPACT.format(count);
}

/** Dollars: cents where there are some, more digits where there are not. */
export function moneyOf(dollars: number): string {
  if (dollars === 0) return "$0";
  if (dollars >= 1) return `$${dollars.toLocaleString("en", { maximumFractionDigits: 2 })}`;
  return dollars < 0.000_1 ? "<$0.0001" : `$${dollars.toPrecision(3).replace(/\.?0+$/, "")}`;
}

/** A share as a percentage. */
export const shareOf = (share: number): string =>
  `${(share * 100).toFixed(share === 1 || share === 0 ? 0 : 1)} %`;

/** A number of bytes. */
export function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kib = bytes / 1024;
  return kib < 1024 ? `${digits(kib)} KiB` : `${digits(kib / 1024)} MiB`;
}

/** `1 span`, `2 spans`. */
export const plural = (count: number, noun: string): string =>
  `${countOf(count)} ${noun}${count === 1 ? "" : "s"}`;
