/** Lag and rate since the page was opened. */
import { useState } from "react";
import type { IngestReport } from "../../api/types";
import { compactOf } from "../../format/amount";
import { Chart } from "../../ui/Chart";

/** Ten minutes, a look each second. */
const MOST = 600;
/** The axis is at least so long, in seconds. */
const SHORTEST_S = 60;

interface Look {
  at: number;
  waiting: number | null;
  received: number;
}

export function Course({ report, at }: { report: IngestReport; at: number }) {
  const [looks, setLooks] = useState<Look[]>([]);
  if (looks.at(-1)?.at !== at) {
    const look = { at, waiting: report.lag?.records ?? null, received: report.ledger.received };
    setLooks([...looks.slice(-MOST), look]);
  }
  const times = looks.map((look) => look.at / 1000);
  const last = times.at(-1) ?? 0;
  const range: [number, number] = [Math.min(times[0] ?? last, last - SHORTEST_S), last];
  const rates = looks.map((look, index) => {
    const before = looks[index - 1];
    return before ? ((look.received - before.received) * 1000) / (look.at - before.at) : null;
  });
  return (
    <div className="courses">
      <Chart
        title="Stored a second, since this page was opened"
        times={times}
        group="ingest"
        range={range}
        format={compactOf}
        lines={[{ name: "records/s", color: "--accent", filled: true, values: rates }]}
      />
      <Chart
        title="Waiting, since this page was opened"
        times={times}
        group="ingest"
        range={range}
        format={compactOf}
        lines={[
          {
            name: "records",
            color: "--tool",
            filled: true,
            values: looks.map(({ waiting }) => waiting),
          },
        ]}
      />
    </div>
  );
}
