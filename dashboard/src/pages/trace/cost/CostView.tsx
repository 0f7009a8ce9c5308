/** What a trace spent, by agent, by model, and by its most expensive calls. */
import { useQuery } from "@tanstack/react-query";
import { Coins } from "lucide-react";
import { compactOf, countOf, moneyOf } from "../../../format/amount";
import { Agent } from "../../../ui/Agent";
import { Empty, Failure, Loading } from "../../../ui/Notice";
import { Tile } from "../../../ui/Tile";
import { type Spent, spentQuery } from "../model/details";
import type { ViewProps } from "../TracePage";
import { type Sum, sumsBy } from "./sums";
import "./cost.css";

const MOST = 15;

export function CostView({ answer, select }: ViewProps) {
  const { trace, run } = answer;
  const spent = useQuery(spentQuery(trace.trace_id, run?.follow));
  const { tokens, cost_usd: cost } = trace;
  if (tokens.total === 0 && cost === 0) {
    return (
      <Empty icon={Coins} title="Nothing was spent">
        <p>No span of this trace names tokens or cost.</p>
      </Empty>
    );
  }
  return (
    <div className="view">
      <dl className="tiles">
        <Tile name="Tokens">{countOf(tokens.total)}</Tile>
        <Tile name="Input" note={tokens.cached ? `${compactOf(tokens.cached)} cached` : undefined}>
          {countOf(tokens.input)}
        </Tile>
        <Tile
          name="Output"
          note={tokens.reasoning ? `${compactOf(tokens.reasoning)} reasoning` : undefined}
        >
          {countOf(tokens.output)}
        </Tile>
        <Tile name="Cost">{moneyOf(cost)}</Tile>
        {trace.reported_tokens && (
          <Tile name="Tokens, as reported">{countOf(trace.reported_tokens.total)}</Tile>
        )}
        {trace.reported_cost_usd != null && (
          <Tile name="Cost, as reported">{moneyOf(trace.reported_cost_usd)}</Tile>
        )}
      </dl>
      {spent.isError && <Failure error={spent.error} retry={spent.refetch} />}
      {spent.isPending && <Loading lines={6} />}
      {spent.data && (
        <>
          <div className="cost-pair">
            <Sums title="By agent" sums={sumsBy(spent.data, ({ agent }) => agent)} agents />
            <Sums title="By model" sums={sumsBy(spent.data, ({ model }) => model)} />
          </div>
          <Calls spent={spent.data} select={select} />
        </>
      )}
    </div>
  );
}

function Sums({ title, sums, agents = false }: { title: string; sums: Sum[]; agents?: boolean }) {
  const most = Math.max(...sums.map(({ tokens }) => tokens), 1);
  return (
    <section className="card">
      <header>
        <h2>{title}</h2>
      </header>
      <table className="cost-table">
        <thead>
          <tr>
            <th>Name</th>
            <th className="number">Calls</th>
            <th className="number">In</th>
            <th className="number">Out</th>
            <th className="number">Cost</th>
          </tr>
        </thead>
        <tbody>
          {sums.map((sum) => (
            <tr key={sum.name}>
              <td>
                {agents ? <Agent name={sum.name} /> : sum.name}
                <div className="meter" aria-hidden>
                  <span style={{ width: `${(sum.tokens / most) * 100}%` }} />
                </div>
              </td>
              <td className="number">{countOf(sum.calls)}</td>
              <td className="number">{compactOf(sum.input)}</td>
              <td className="number">{compactOf(sum.output)}</td>
              <td className="number">{moneyOf(sum.cost)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Calls({ spent, select }: { spent: Spent[]; select: (spanId: string) => void }) {
  const dearest = [...spent].sort((a, b) => b.cost - a.cost || b.tokens - a.tokens).slice(0, MOST);
  return (
    <section className="card">
      <header>
        <h2>Most expensive calls</h2>
      </header>
      <table className="cost-table">
        <thead>
          <tr>
            <th>Call</th>
            <th>Agent</th>
            <th className="number">In</th>
            <th className="number">Out</th>
            <th className="number">Cost</th>
          </tr>
        </thead>
        <tbody>
          {dearest.map((call) => (
            <tr key={call.spanId}>
              <td>
                <button className="more" onClick={() => select(call.spanId)}>
                  {call.name}
                </button>
              </td>
              <td>{call.agent && <Agent name={call.agent} />}</td>
              <td className="number">{countOf(call.input)}</td>
              <td className="number">{countOf(call.output)}</td>
              <td className="number">{moneyOf(call.cost)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
