/** A list of any length whose items are as high as they need to be. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";

interface VirtualListProps<T> {
  label: string;
  items: T[];
  itemKey: (item: T) => string | number;
  estimate: number;
  render: (item: T, index: number) => ReactNode;
  onEnd?: (() => void) | undefined;
  /** Stays at the top when items come in there. */
  className?: string;
  foot?: ReactNode;
}

const AHEAD = 30;

export function VirtualList<T>(props: VirtualListProps<T>) {
  const { label, items, itemKey, estimate, render, onEnd, className, foot } = props;
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => estimate,
    getItemKey: (index) => (items[index] === undefined ? index : itemKey(items[index])),
    overscan: 8,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= items.length - AHEAD) onEnd?.();
  }, [last, items.length, onEnd]);
  return (
    <div
      ref={scroll}
      className={`scroll ${className ?? ""}`}
      tabIndex={0}
      role="region"
      aria-label={label}
    >
      <ol style={{ height: virtual.getTotalSize(), position: "relative", margin: 0, padding: 0 }}>
        {shown.map(({ index, key, start }) => {
          const item = items[index];
          return item === undefined ? null : (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              className="vlist-item"
              style={{ transform: `translateY(${start}px)` }}
            >
              {render(item, index)}
            </li>
          );
        })}
      </ol>
      {foot}
    </div>
  );
}
