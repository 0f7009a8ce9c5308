/** How the way from Kafka into the store stands. */
import { useQuery } from "@tanstack/react-query";
import { PageHead } from "../../app/PageHead";
import { ingestQuery } from "../../api/queries";
import type { IngestReport } from "../../api/types";
import { compactOf, countOf, durationOf } from "../../format/amount";
import { Badge } from "../../ui/Badge";
import { Failure, Loading } from "../../ui/Notice";
import { Tile } from "../../ui/Tile";
import { Time } from "../../ui/Time";
import { DeadLetters } from "./DeadLetters";
import { Course } from "./Course";
import { Partitions } from "./Partitions";
import "./ingest.css";

const REFRESH_MS = 1000;

export function IngestPage() {
  const ingest = useQuery({ ...ingestQuery, refetchInterval: REFRESH_MS });
  return (
    <div className="fill">
      <PageHead title="Ingest" />
      <div className="scroll">
        <div className="page-body">
          {ingest.isError && !ingest.data && (
            <Failure error={ingest.error} retry={ingest.refetch} />
          )}
          {ingest.isPending && <Loading lines={4} height={70} />}
          {ingest.data && (
            <>
              <Numbers report={ingest.data} />
              <Course report={ingest.data} at={ingest.dataUpdatedAt} />
              <Topics report={ingest.data} />
            </>
          )}
          <DeadLetters />
          {ingest.data && <Partitions partitions={ingest.data.partitions} />}
        </div>
      </div>
    </div>
  );
}

function Numbers({ report }: { report: IngestReport }) {
  const { ledger, lag, lag_reason: reason, records_per_second: rate, as_of: asOf } = report;
  const heldUntil = report.retention?.held_until;
  return (
    <>
      {heldUntil && (
        <p className="banner" role="status">
          Retention drops nothing until <Time at={heldUntil} />: a clock jumped ahead, or nothing
          ran for more than a day
        </p>
      )}
      {!lag && (
        <p className="banner" role="status">
          The lag is not known: {reason ?? "Kafka has not answered yet"}
        </p>
      )}
      <dl className="tiles">
        <Tile name="Waiting" note={lag ? `for ${durationOf(lag.seconds * 1000)}` : undefined}>
          {lag ? countOf(lag.records) : "–"}
        </Tile>
        <Tile name="Records a second" note="of the last minute">
          {rate == null ? "–" : compactOf(Math.round(rate * 10) / 10)}
        </Tile>
        <Tile name="Answers are as of">{asOf ? <Time at={asOf} as="ago" /> : "–"}</Tile>
        <Tile name="Received">{compactOf(ledger.received)}</Tile>
        <Tile name="Stored">{compactOf(ledger.stored)}</Tile>
        <Tile name="Duplicate">{compactOf(ledger.duplicate)}</Tile>
        <Tile name="Ignored">{compactOf(ledger.ignored)}</Tile>
        <Tile name="Rejected">{compactOf(ledger.rejected)}</Tile>
        <Tile name="Expired">{compactOf(ledger.expired)}</Tile>
      </dl>
      <p>
        {ledger.balanced ? (
          <Badge tone="good">
            <span className="dot" /> the ledger balances
          </Badge>
        ) : (
          <Badge tone="bad">
            <span className="dot" /> the ledger does not balance
          </Badge>
        )}{" "}
        <span className="quiet">received = stored + duplicate + ignored + rejected</span>
      </p>
    </>
  );
}

function Topics({ report: { topics } }: { report: IngestReport }) {
  return (
    <section className="card">
      <header>
        <h2>Topics</h2>
      </header>
      <div className="wide-table" tabIndex={0} role="region" aria-label="Topics">
        <table>
          <thead>
            <tr>
              <th>Topic</th>
              <th className="number">Waiting</th>
              <th className="number">Received</th>
              <th className="number">Stored</th>
              <th className="number">Duplicate</th>
              <th className="number">Ignored</th>
              <th className="number">Rejected</th>
              <th className="number">Expired</th>
            </tr>
          </thead>
          <tbody>
            {topics.map(({ topic, lag, ledger }) => (
              <tr key={topic}>
                <td className="mono">{topic}</td>
                <td className="number">{lag == null ? "–" : countOf(lag)}</td>
                <td className="number">{countOf(ledger.received)}</td>
                <td className="number">{countOf(ledger.stored)}</td>
                <td className="number">{countOf(ledger.duplicate)}</td>
                <td className="number">{countOf(ledger.ignored)}</td>
                <td className="number">
                  {ledger.rejected > 0 ? (
                    <span className="failed">{countOf(ledger.rejected)}</span>
                  ) : (
                    "0"
                  )}
                </td>
                <td className="number">{countOf(ledger.expired)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
