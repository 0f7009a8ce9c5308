/**
 * The feed of the live page: it begins with the last minutes, goes on from there with the stream,
 * and is shown a few times a second.
 */
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { recentQuery } from "../../api/queries";
import type { LiveKind, Severity } from "../../api/types";
import { countOf, durationOf } from "../../format/amount";
import type { Frame } from "../../live/frames";
import type { LiveFilter, LiveState } from "../../live/socket";
import { useLive } from "../../live/useLive";
import { type Tail, tailOf } from "./stream";
import { Feed, type Item, type Wanted, wants } from "./feed";

/** How often the page looks at the feed. */
const SHOW_MS = 150;
/** How often the rate is measured. */
const RATE_MS = 1000;

export interface Shown {
  /** Newest first. */
  items: Item[];
  /** Whether what came before the page was opened is among them. */
  ready: boolean;
  state: LiveState;
  /** What the stream last said of the tail behind it, while it is connected. */
  tail: Tail | undefined;
  /** Records a second, of late; none while nothing can come. */
  rate: number | undefined;
  /** Records that came while nothing moved. */
  waiting: number;
}

export function useFeed(wanted: Wanted, held: boolean): Shown {
  const [feed] = useState(() => new Feed());
  const { state, ready, tail } = useStream(feed, wanted);
  const measured = useRate(feed);
  const rate = state === "open" ? measured : undefined;
  const [view, setView] = useState<{ items: Item[]; total: number }>({ items: [], total: 0 });
  const [arrived, setArrived] = useState(0);
  const seen = useRef(-1);
  useEffect(() => {
    seen.current = -1;
    const show = () => {
      const last = feed.items.at(-1)?.key ?? -1;
      if (last === seen.current) return;
      seen.current = last;
      setArrived(feed.total);
      if (!held) setView({ items: [...feed.items].reverse(), total: feed.total });
    };
    const timer = setInterval(show, SHOW_MS);
    return () => clearInterval(timer);
  }, [feed, held]);
  const items = useMemo(() => view.items.filter((item) => wants(wanted, item)), [view, wanted]);
  return { items, ready, state, tail, rate, waiting: held ? Math.max(0, arrived - view.total) : 0 };
}

function useStream(feed: Feed, wanted: Wanted): Pick<Shown, "state" | "ready" | "tail"> {
  const filter = useMemo((): LiveFilter => {
    const list = <T extends string>(word: T | "") => (word === "" ? [] : [word]);
    return {
      trace_ids: list(wanted.trace),
      agent_names: list(wanted.agent),
      event_types: list(wanted.eventType),
      kinds: list(wanted.kind as LiveKind | ""),
      min_severity: wanted.severity === "" ? undefined : (wanted.severity as Severity),
    };
  }, [wanted]);
  const { data: recent, failureCount } = useQuery(recentQuery(filter));
  useEffect(() => {
    if (recent) feed.begin(recent.items as Frame[], Date.now());
  }, [feed, recent]);
  const [tail, setTail] = useState<Tail>();
  const onFrame = useCallback(
    (frame: Frame) => {
      if (frame.type === "record") feed.record(frame, Date.now());
      else if (frame.type === "lagged") {
        const missed = countOf(frame.missed ?? 0);
        feed.note(`${missed} records were left out: this page was too slow for them`, "warn");
      } else if (frame.type === "delivery") {
        setTail(tailOf(frame));
        feed.note(...noteOf(frame));
      } else if (frame.type === "resync") {
        feed.note("Some records are no longer kept and were missed; traces have them all", "warn");
      }
    },
    [feed],
  );
  const onBack = useCallback(
    (awayMs: number) => {
      setTail(undefined);
      feed.note(
        `Connected again after ${durationOf(awayMs)}; what happened meanwhile follows`,
        "busy",
      );
    },
    [feed],
  );
  const live = useLive(recent && filter, { onFrame, onBack }, recent?.cursor);
  // What a connection said of the tail ends with it.
  if (recent) return { state: live, ready: true, tail: live === "open" ? tail : undefined };
  return { state: unasked(failureCount), ready: false, tail: undefined };
}

/** Tries after which the API is called gone: they wait twice as long each time. */
const GONE_TRIES = 5;

/** How the stream is called before what it begins with could be asked for. */
function unasked(failures: number): LiveState {
  if (failures === 0) return "connecting";
  return failures < GONE_TRIES ? "waiting" : "gone";
}

function noteOf({ delivering, detail }: Frame): [string, "busy" | "warn"] {
  if (delivering) return ["Records are delivered again; none was lost", "busy"];
  return [`Nothing is delivered now${detail ? `: ${detail}` : ""}`, "warn"];
}

function useRate(feed: Feed): number {
  const [rate, setRate] = useState(0);
  useEffect(() => {
    let before = feed.total;
    const timer = setInterval(() => {
      setRate(((feed.total - before) * 1000) / RATE_MS);
      before = feed.total;
    }, RATE_MS);
    return () => clearInterval(timer);
  }, [feed]);
  return rate;
}
