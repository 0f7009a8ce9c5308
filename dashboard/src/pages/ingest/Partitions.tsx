/** How far each partition is read. */
import type { IngestReport } from "../../api/types";
import { countOf } from "../../format/amount";
import { Time } from "../../ui/Time";

export function Partitions({ partitions }: { partitions: IngestReport["partitions"] }) {
  return (
    <details className="card">
      <summary>
        <h2>Partitions</h2> <span className="quiet">{partitions.length}</span>
      </summary>
      <div className="wide-table" tabIndex={0} role="region" aria-label="Partitions">
        <table>
          <thead>
            <tr>
              <th>Topic</th>
              <th className="number">Partition</th>
              <th className="number">Next offset</th>
              <th className="number">End</th>
              <th className="number">Waiting</th>
              <th>Moved</th>
            </tr>
          </thead>
          <tbody>
            {partitions.map((row) => (
              <tr key={`${row.topic} ${row.partition}`}>
                <td className="mono">{row.topic}</td>
                <td className="number">{row.partition}</td>
                <td className="number">{countOf(row.next_offset)}</td>
                <td className="number">
                  {row.high_watermark == null ? "–" : countOf(row.high_watermark)}
                </td>
                <td className="number">{row.lag == null ? "–" : countOf(row.lag)}</td>
                <td>
                  <Time at={row.updated_at} as="ago" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
