import { describe, expect, it } from "vitest";
import { compactOf, durationOf, moneyOf, plural, sizeOf } from "./amount";
import { agoOf, millisOf } from "./instant";

describe("instants", () => {
  it("are read to the nanosecond, as far as a number holds them", () => {
    expect(millisOf("2026-01-31T10:20:30.123456789Z")).toBeCloseTo(1769854830123.4568, 3);
    expect(millisOf("2026-01-31T10:20:30Z")).toBe(Date.UTC(2026, 0, 31, 10, 20, 30));
    expect(millisOf("2026-01-31T11:20:30.5+01:00")).toBe(Date.UTC(2026, 0, 31, 10, 20, 30, 500));
  });

  it("are told relative to now", () => {
    expect(agoOf(1000, 2000)).toBe("just now");
    expect(agoOf(0, 3_600_000 * 3)).toBe("3 hr. ago");
  });
});

describe("amounts", () => {
  it.each([
    [0.0005, "0 ms"],
    [0.25, "250 µs"],
    [41.34, "41.3 ms"],
    [1810, "1.81 s"],
    [61_000, "1 min 1 s"],
    [7_260_000, "2 h 1 min"],
    [200_000_000, "2 d 7 h"],
  ])("a duration of %d ms is %s", (millis, text) => expect(durationOf(millis)).toBe(text));

  it("stay short", () => {
    expect([compactOf(0.25), compactOf(9_999), compactOf(12_345)]).toEqual([
      "0.3",
      "9,999",
      "12.3K",
    ]);
    expect([moneyOf(0), moneyOf(0.0123), moneyOf(12.456)]).toEqual(["$0", "$0.0123", "$12.46"]);
    expect([sizeOf(12), sizeOf(2048), sizeOf(3 << 20)]).toEqual(["12 B", "2.00 KiB", "3.00 MiB"]);
    expect([plural(1, "span"), plural(2, "span")]).toEqual(["1 span", "2 spans"]);
  });
});
