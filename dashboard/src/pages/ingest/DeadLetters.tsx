/** Records that could not be read: why, what they were, and a way to send them again. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { MailCheck } from "lucide-react";
import { useUrlState } from "../../app/useUrlState";
import { type DeadLetterFilter, deadLettersQuery } from "../../api/queries";
import type { DeadLetter } from "../../api/types";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Empty, Failure, Loading } from "../../ui/Notice";
import { Segments } from "../../ui/Segments";
import { Time } from "../../ui/Time";
import { DeadLetterDialog } from "./DeadLetterDialog";

const REFRESH_MS = 3000;
const CHOICES = [
  { value: "all", text: "All" },
  { value: "false", text: "Not sent again" },
  { value: "true", text: "Sent again" },
] as const;

function filterOf(params: URLSearchParams): DeadLetterFilter {
  const replayed = params.get("replayed");
  const code = params.get("code");
  const topic = params.get("topic");
  return {
    ...(replayed && { replayed: replayed === "true" }),
    ...(code && { code }),
    ...(topic && { topic }),
  };
}

export function DeadLetters() {
  const [params, change] = useUrlState();
  const letters = useInfiniteQuery({
    ...deadLettersQuery(filterOf(params)),
    refetchInterval: ({ state }) => (state.data?.pages.length ?? 0) <= 1 && REFRESH_MS,
  });
  const rows = letters.data?.pages.flatMap((page) => page.items) ?? [];
  const open = Number(params.get("letter"));
  const chosen = params.get("replayed") ?? "all";
  const narrowed = [params.get("code"), params.get("topic")].filter(Boolean);
  return (
    <section className="card" aria-label="Dead letters">
      <header>
        <h2>Dead letters</h2>
        <span className="grow" />
        {narrowed.length > 0 && (
          <Button kind="plain" onClick={() => change({ code: null, topic: null })}>
            only {narrowed.join(", ")} ×
          </Button>
        )}
        <Segments
          label="Which dead letters"
          value={CHOICES.find(({ value }) => value === chosen)?.value ?? "all"}
          choices={CHOICES}
          onChange={(value) => change({ replayed: value === "all" ? null : value })}
        />
      </header>
      {letters.isError && !letters.data ? (
        <Failure error={letters.error} retry={letters.refetch} />
      ) : letters.isPending ? (
        <Loading lines={3} />
      ) : rows.length === 0 ? (
        <Empty icon={MailCheck} title="No dead letters">
          <p>Every record of this kind could be read.</p>
        </Empty>
      ) : (
        <Table
          rows={rows}
          onCode={(code) => change({ code })}
          onOpen={(id) => change({ letter: String(id) }, true)}
        />
      )}
      {letters.hasNextPage && (
        <p className="letters-more">
          <Button
            disabled={letters.isFetchingNextPage}
            onClick={() => void letters.fetchNextPage()}
          >
            Show more
          </Button>
        </p>
      )}
      {open > 0 && <DeadLetterDialog id={open} onClose={() => change({ letter: null })} />}
    </section>
  );
}

interface TableProps {
  rows: DeadLetter[];
  onCode: (code: string) => void;
  onOpen: (id: number) => void;
}

function Table({ rows, onCode, onOpen }: TableProps) {
  return (
    <div className="wide-table" tabIndex={0} role="region" aria-label="Dead letters">
      <table>
        <thead>
          <tr>
            <th>Rejected</th>
            <th>Why</th>
            <th>Reason</th>
            <th>From</th>
            <th>Sent again</th>
            <th>
              <span className="sr-only">Open</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((letter) => (
            <tr key={letter.id}>
              <td>
                <Time at={letter.rejected_at} as="ago" />
              </td>
              <td>
                <button
                  className="badge letter-code"
                  data-tone="bad"
                  onClick={() => onCode(letter.code)}
                >
                  {letter.code}
                </button>
              </td>
              <td className="letter-reason" title={letter.reason}>
                {letter.reason}
              </td>
              <td className="mono">
                {letter.topic} {letter.partition}/{letter.offset}
              </td>
              <td>{letter.replays > 0 ? <Badge tone="good">{letter.replays}×</Badge> : "–"}</td>
              <td>
                <Button onClick={() => onOpen(letter.id)}>Open</Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
