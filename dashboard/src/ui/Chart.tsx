/** Lines over time on a canvas. Charts with the same group share their crosshair. */
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clockOf, dayOf, shortOf } from "../format/instant";
import { useDark } from "../app/theme";
import { axisWidth } from "./axis";
import "./chart.css";

export interface Line {
  name: string;
  /** A custom property of the page. */
  color: string;
  values: (number | null)[];
  /** Filled down to the axis. */
  filled?: boolean;
}

interface ChartProps {
  title: string;
  /** Seconds since the epoch. */
  times: number[];
  lines: Line[];
  format: (value: number) => string;
  /** Distances at which values may be marked; those of the decimal system where none are given. */
  steps?: number[];
  group: string;
  /** Says which range was dragged over, in seconds. */
  onRange?: (from: number, to: number) => void;
  /** Ends of the axis, in seconds. */
  range?: [number, number];
}

const HEIGHT = 170;
const TIMES_PX = 26;
const DAY_S = 86_400;
const MINUTE_S = 60;

export function Chart({ title, times, lines, format, steps, group, onRange, range }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const dark = useDark();
  const names = lines.map(({ name }) => name).join("\n");
  const [from, to] = range ?? [undefined, undefined];
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const options = optionsOf({ lines, format, steps, group, onRange, width: element.clientWidth });
    const made = new uPlot(options, [[], ...lines.map(() => [])], element);
    plot.current = made;
    const sizes = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      made.destroy();
    };
    // Made anew when its lines or colours change; values come by the next effect.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [names, group, dark]);
  useEffect(() => {
    const made = plot.current;
    if (!made) return;
    made.setData([times, ...lines.map(({ values }) => values)], false);
    const ends = { min: from ?? times[0] ?? 0, max: to ?? times.at(-1) ?? 1 };
    made.setScale("x", ends);
  }, [times, lines, from, to, dark, names]);
  return (
    <figure className="card chart" aria-label={summaryOf(title, lines, format)}>
      <figcaption>
        <h2>{title}</h2>
      </figcaption>
      <div ref={host} />
    </figure>
  );
}

/** What a chart shows, for those who do not see it: the latest value of each line. */
function summaryOf(title: string, lines: Line[], format: (value: number) => string): string {
  const latest = lines.map(({ name, values }) => {
    const value = values.findLast((value) => value !== null);
    return `${name} ${value == null ? "none" : format(value)}`;
  });
  return `${title}; latest: ${latest.join(", ")}`;
}

/** How the marks of the axis are written: days, minutes or seconds, as they lie apart. */
function markOf(times: number[]): (time: number) => string {
  const [first = 0, second = first] = times;
  const step = second - first;
  const day = (time: number) => dayOf(time * 1000);
  if (step >= DAY_S) return day;
  const digits = step < MINUTE_S ? 8 : 5;
  return (time) => clockOf(time * 1000).slice(0, digits);
}

type Settings = Pick<ChartProps, "lines" | "format" | "steps" | "group" | "onRange"> & {
  width: number;
};

/** Measures labels as they are drawn. */
function widthOf({ ctx }: uPlot, font: string): (label: string) => number {
  return (label) => {
    ctx.save();
    ctx.font = font;
    const { width } = ctx.measureText(label);
    ctx.restore();
    return width;
  };
}

function optionsOf({ lines, format, steps, group, onRange, width }: Settings): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const font = `11px ${color("--sans")}`;
  const axis: uPlot.Axis = {
    stroke: color("--quiet"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
    font,
  };
  return {
    width,
    height: HEIGHT,
    padding: [10, 26, 0, 0],
    cursor: {
      sync: { key: group },
      drag: { x: onRange !== undefined, y: false, setScale: false },
      points: { size: 6 },
    },
    legend: { live: true },
    scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1] } },
    axes: [
      { ...axis, size: TIMES_PX, values: (_plot, times) => times.map(markOf(times)) },
      {
        ...axis,
        size: (plot, labels) => axisWidth(labels, widthOf(plot, font)),
        values: (_plot, values) => values.map((value) => format(value)),
        ...(steps && { incrs: steps }),
      },
    ],
    series: [
      {
        label: "at",
        value: (_plot, time: number | null) => (time === null ? "–" : shortOf(time * 1000)),
      },
      ...lines.map((line): uPlot.Series => ({
        label: line.name,
        stroke: color(line.color),
        width: 1.75,
        spanGaps: false,
        fill: line.filled ? `color-mix(in srgb, ${color(line.color)} 16%, transparent)` : undefined,
        points: { size: 5 },
        value: (_plot, value: number | null) => (value === null ? "–" : format(value)),
      })),
    ],
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width: dragged } = plot.select;
          if (dragged < 4) return;
          onRange?.(plot.posToVal(left, "x"), plot.posToVal(left + dragged, "x"));
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}
