/** The stream as a list, newest first. It stands still while somebody reads further down. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, useState } from "react";
import { countOf } from "../../format/amount";
import { JsonTree } from "../../payload/JsonTree";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Loading } from "../../ui/Notice";
import { FeedLine } from "./FeedLine";
import { type Item, isNotice } from "./feed";
import { Quiet } from "./Quiet";
import { type Stream, isAway } from "./stream";
import type { LiveRecord } from "../../live/frames";
import "../../payload/payload.css";

const LINE_PX = 34;
/** Scrolled down so far, somebody reads. */
const READING_PX = 40;

interface FeedListProps {
  items: Item[];
  /** Whether the last minutes are among them. */
  ready: boolean;
  stream: Stream;
  /** Whether only some records are wanted. */
  filtered: boolean;
  waiting: number;
  paused: boolean;
  onReading: (reading: boolean) => void;
  onResume: () => void;
}

export function FeedList(props: FeedListProps) {
  const { items, ready, stream, filtered, waiting, paused, onReading, onResume } = props;
  const scroll = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState<LiveRecord>();
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => LINE_PX,
    getItemKey: (index) => items[index]?.key ?? index,
    overscan: 12,
  });
  const goOn = () => {
    scroll.current?.scrollTo({ top: 0 });
    onReading(false);
    onResume();
  };
  return (
    <section className="fill live-feed" aria-label="The stream">
      {waiting > 0 && (
        <div className="live-waiting">
          <Button kind="main" onClick={goOn}>
            {paused ? "Paused" : "Standing still"}: show {countOf(waiting)} newer
          </Button>
        </div>
      )}
      {!items.some((item) => !isNotice(item)) ? (
        ready || isAway(stream) ? (
          <Quiet filtered={filtered} stream={stream} />
        ) : (
          <Loading lines={12} height={LINE_PX - 8} />
        )
      ) : (
        <div
          ref={scroll}
          className="scroll"
          tabIndex={0}
          role="region"
          aria-label="Records, newest first"
          onScroll={(event) => onReading(event.currentTarget.scrollTop > READING_PX)}
        >
          <ol className="plain-list" style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map(({ index, key, start }) => {
              const item = items[index];
              if (!item) return null;
              return (
                <li
                  key={key}
                  className="feed-item"
                  style={{ transform: `translateY(${start}px)`, height: LINE_PX }}
                >
                  {isNotice(item) ? (
                    <p className="banner" data-tone={item.tone}>
                      {item.notice}
                    </p>
                  ) : (
                    <FeedLine record={item} onShow={setShown} />
                  )}
                </li>
              );
            })}
          </ol>
        </div>
      )}
      {shown && (
        <Dialog title={`A record: ${shown.kind}`} onClose={() => setShown(undefined)}>
          <JsonTree value={shown.data} />
        </Dialog>
      )}
    </section>
  );
}
