/** The life of issues in a day: when each came, became worse or better, and was gone. */
import { useQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { useState } from "react";
import { issueLifeQuery } from "../../api/oracle";
import type { TimelineItem } from "../../api/types";
import { Badge, SeverityBadge, type Tone } from "../../ui/Badge";
import { Button, IconButton } from "../../ui/Button";
import { Failure, Loading } from "../../ui/Notice";
import { Time } from "../../ui/Time";

const TONE: Record<TimelineItem["change"], Tone> = {
  opened: "bad",
  changed: "warn",
  resolved: "good",
};
const FEW = 30;

interface IssueHistoryProps {
  at: string | undefined;
  go: (at: string) => void;
}

export function IssueHistory({ at, go }: IssueHistoryProps) {
  const [shown, setShown] = useState(FEW);
  const life = useQuery(issueLifeQuery(at));
  if (life.isError) return <Failure error={life.error} retry={life.refetch} />;
  const items = life.data?.toReversed() ?? [];
  return (
    <section className="card">
      <header>
        <h2>History of issues</h2>
        <span className="quiet">{at === undefined ? "the last day" : "the day before"}</span>
      </header>
      {life.isPending && <Loading lines={3} />}
      {life.data?.length === 0 && <p className="oracle-none quiet">No issue in this day.</p>}
      {items.length > 0 && (
        <div className="wide-table" tabIndex={0} role="region" aria-label="History of issues">
          <table>
            <tbody>
              {items.slice(0, shown).map((item) => (
                <Moment key={`${item.at} ${item.change} ${item.issue.id}`} item={item} go={go} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {items.length > shown && (
        <p className="oracle-none">
          <Button onClick={() => setShown(shown + FEW)}>Show earlier ones</Button>
        </p>
      )}
    </section>
  );
}

function Moment({ item, go }: { item: TimelineItem; go: (at: string) => void }) {
  const { at, change, was, issue } = item;
  return (
    <tr>
      <td>
        <Time at={at} />
      </td>
      <td>
        <Badge tone={TONE[change]}>{change}</Badge>
      </td>
      <td>
        {was && was !== issue.severity && (
          <>
            <SeverityBadge severity={was} /> →{" "}
          </>
        )}
        <SeverityBadge severity={issue.severity} />
      </td>
      <td className="oracle-summary" title={issue.id}>
        {issue.summary}
      </td>
      <td>
        <IconButton
          label="The system at that moment"
          icon={<History size={14} />}
          onClick={() => go(at)}
        />
      </td>
    </tr>
  );
}
