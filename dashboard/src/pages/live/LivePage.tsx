/** What happens now: the last minutes and the stream that goes on from them, and what runs. */
import { useMemo, useState } from "react";
import { PageHead } from "../../app/PageHead";
import { traceIdIn } from "../../app/JumpBox";
import { useUrlState } from "../../app/useUrlState";
import { Badge } from "../../ui/Badge";
import { useDebounced } from "../../ui/useDebounced";
import { FeedList } from "./FeedList";
import type { Wanted } from "./feed";
import { LiveFilters } from "./LiveFilters";
import { Running } from "./Running";
import { stateOf, useTail } from "./stream";
import { useFeed } from "./useFeed";
import "./live.css";

const REST_MS = 300;

export function LivePage() {
  const [params, change] = useUrlState();
  const [paused, setPaused] = useState(false);
  const [reading, setReading] = useState(false);
  const wanted = useWanted(params);
  const { items, ready, state, rate, waiting, tail } = useFeed(wanted, paused || reading);
  const stream = { state, tail: useTail(tail) };
  const { tone, word } = stateOf(stream);
  return (
    <div className="fill">
      <PageHead title="Live">
        <span className="quiet number">{rate === undefined ? "–" : rate.toFixed(0)} records/s</span>
        <Badge tone={tone}>
          <span className="dot" data-beats={tone === "busy" || tone === "warn" ? "" : undefined} />
          <span role="status">{word}</span>
        </Badge>
      </PageHead>
      <LiveFilters params={params} onChange={change} paused={paused} onPause={setPaused} />
      <div className="live">
        <FeedList
          items={items}
          ready={ready}
          stream={stream}
          filtered={Object.values(wanted).some((word) => word !== "")}
          waiting={waiting}
          paused={paused}
          onReading={setReading}
          onResume={() => setPaused(false)}
        />
        <Running />
      </div>
    </div>
  );
}

function useWanted(params: URLSearchParams): Wanted {
  const text = params.toString();
  const rested = useDebounced(text, REST_MS);
  return useMemo(() => {
    const known = new URLSearchParams(rested);
    const word = (name: string) => known.get(name)?.trim() ?? "";
    return {
      // Half an id would be refused.
      trace: traceIdIn(word("trace")) ?? "",
      agent: word("agent"),
      eventType: word("type"),
      kind: word("kind"),
      severity: word("severity"),
    };
  }, [rested]);
}
