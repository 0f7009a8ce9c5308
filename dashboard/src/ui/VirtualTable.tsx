/** A table of any length: only what is in sight is on the page; keys move through the rest. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Link, useNavigate } from "react-router";
import { useNarrow } from "./useMedia";
import "./table.css";

export interface Column<T> {
  id: string;
  name: string;
  /** A track of a CSS grid. */
  width: string;
  cell: (row: T) => ReactNode;
  number?: boolean;
  /** Left out on a phone. */
  wide?: boolean;
}

interface VirtualTableProps<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  /** Where a row leads to; rows without lead nowhere. */
  rowHref?: (row: T) => string;
  onOpen?: (row: T) => void;
  /** Called when the end comes into sight. */
  onEnd?: (() => void) | undefined;
  rowHeight?: number;
  foot?: ReactNode;
}

/** How many rows before the end the next page is asked for. */
const AHEAD = 20;
const ROW_PX = 36;
const NARROW_ROW_PX = 48;

export function VirtualTable<T>(props: VirtualTableProps<T>) {
  const { label, rows, rowKey, onEnd, rowHeight = ROW_PX } = props;
  const id = useId();
  const scroll = useRef<HTMLDivElement>(null);
  const narrow = useNarrow();
  const [active, setActive] = useState(-1);
  const columns = props.columns.filter((column) => !(narrow && column.wide));
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => (narrow ? Math.max(rowHeight, NARROW_ROW_PX) : rowHeight),
    overscan: 12,
    getItemKey: (index) => (rows[index] === undefined ? index : rowKey(rows[index])),
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - AHEAD) onEnd?.();
  }, [last, rows.length, onEnd]);

  const open = useOpen(props);
  const move = (to: number) => {
    const index = Math.max(0, Math.min(rows.length - 1, to));
    setActive(index);
    virtual.scrollToIndex(index);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, items.length - 14);
    const step = stepOf(event.key, active, rows.length, page);
    const row = rows[active];
    if (step !== undefined) move(step);
    else if (event.key === "Enter" && row !== undefined) open(row);
    else return;
    event.preventDefault();
  };
  const tracks = columns.map(({ width }) => width).join(" ");
  return (
    <div
      ref={scroll}
      className="vtable"
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      style={{ "--tracks": tracks } as React.CSSProperties}
    >
      <div className="vtable-head" role="row" aria-rowindex={1}>
        {columns.map(({ id: column, name, number }) => (
          <span key={column} role="columnheader" className={number ? "number" : "clip"}>
            {name}
          </span>
        ))}
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {items.map(({ index, key, start, size }) => {
          const row = rows[index];
          if (row === undefined) return null;
          return (
            <Row
              key={key}
              id={`${id}-${index}`}
              row={row}
              index={index}
              columns={columns}
              selected={index === active}
              href={props.rowHref?.(row)}
              onOpen={props.onOpen}
              style={{ transform: `translateY(${start}px)`, height: size }}
            />
          );
        })}
      </div>
      {props.foot}
    </div>
  );
}

/** The row that a key leads to; none when it is no key of ours. */
function stepOf(key: string, active: number, count: number, page: number): number | undefined {
  switch (key) {
    case "ArrowDown":
    case "j":
      return active + 1;
    case "ArrowUp":
    case "k":
      return active - 1;
    case "PageDown":
      return active + page;
    case "PageUp":
      return active - page;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

function useOpen<T>({ rowHref, onOpen }: VirtualTableProps<T>) {
  const navigate = useNavigate();
  return (row: T) => {
    if (onOpen) onOpen(row);
    else if (rowHref) void navigate(rowHref(row));
  };
}

interface RowProps<T> {
  id: string;
  row: T;
  index: number;
  columns: Column<T>[];
  selected: boolean;
  href: string | undefined;
  onOpen: ((row: T) => void) | undefined;
  style: React.CSSProperties;
}

function Row<T>({ id, row, index, columns, selected, href, onOpen, style }: RowProps<T>) {
  return (
    <div
      id={id}
      role="row"
      className="vtable-row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      style={style}
    >
      {columns.map(({ id: column, cell, number }, at) => (
        <span key={column} role="gridcell" className={number ? "number" : "clip"}>
          {at === 0 ? <Way href={href} onOpen={onOpen && (() => onOpen(row))} /> : null}
          {cell(row)}
        </span>
      ))}
    </div>
  );
}

/** Makes the whole row a link or a button for the pointer. */
function Way({ href, onOpen }: { href: string | undefined; onOpen: (() => void) | undefined }) {
  if (onOpen) {
    return <button className="whole" tabIndex={-1} onClick={onOpen} aria-label="Open this row" />;
  }
  return href ? (
    <Link className="whole" tabIndex={-1} to={href} aria-label="Open this row" />
  ) : null;
}
