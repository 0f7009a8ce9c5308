/** Work by agent, model or tool, in whichever order is wanted. */
import { ArrowDown } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import type { NamedMetrics } from "../../api/types";
import { compactOf, countOf, durationOf, moneyOf, shareOf } from "../../format/amount";
import { Agent } from "../../ui/Agent";

interface NameTableProps {
  title: string;
  rows: NamedMetrics[];
  field: "agent" | "model" | "tool";
}

interface Column {
  name: string;
  of: (row: NamedMetrics) => number | null | undefined;
  show: (value: number) => string;
}

const COLUMNS: Column[] = [
  { name: "Calls", of: ({ total }) => total, show: countOf },
  { name: "Failed", of: ({ failed }) => failed, show: countOf },
  { name: "Success", of: (row) => row.success_rate, show: shareOf },
  { name: "p50", of: ({ durations }) => durations.p50_ms, show: durationOf },
  { name: "p95", of: ({ durations }) => durations.p95_ms, show: durationOf },
  { name: "p99", of: ({ durations }) => durations.p99_ms, show: durationOf },
  { name: "Tokens", of: ({ tokens }) => tokens.total, show: compactOf },
  { name: "Cost", of: (row) => row.cost_usd, show: moneyOf },
];

export function NameTable({ title, rows, field }: NameTableProps) {
  const [by, setBy] = useState("Calls");
  const column = COLUMNS.find(({ name }) => name === by);
  if (rows.length === 0 || !column) return null;
  const sorted = [...rows].sort((a, b) => (column.of(b) ?? -1) - (column.of(a) ?? -1));
  const most = Math.max(...sorted.map((row) => column.of(row) ?? 0), 1e-12);
  return (
    <section className="card">
      <header>
        <h2>{title}</h2>
      </header>
      <div className="name-scroll" tabIndex={0} role="region" aria-label={title}>
        <table className="name-table">
          <thead>
            <tr>
              <th>Name</th>
              {COLUMNS.map(({ name }) => (
                <th
                  key={name}
                  className="number"
                  aria-sort={name === by ? "descending" : undefined}
                >
                  <button onClick={() => setBy(name)}>
                    {name} {name === by && <ArrowDown size={12} aria-hidden />}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.map((row) => (
              <tr key={row.name}>
                <td>
                  <Link to={`/traces?${field}=${encodeURIComponent(row.name)}`}>
                    {field === "agent" ? <Agent name={row.name} /> : row.name}
                  </Link>
                  <div className="meter" aria-hidden>
                    <span style={{ width: `${((column.of(row) ?? 0) / most) * 100}%` }} />
                  </div>
                </td>
                {COLUMNS.map(({ name, of, show }) => (
                  <td key={name} className="number">
                    {of(row) == null ? <span className="quiet">–</span> : show(of(row) ?? 0)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
