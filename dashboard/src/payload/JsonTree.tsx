/** JSON that opens and closes. What is closed is not on the page. */
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { plural } from "../format/amount";

/** Levels that are open at first, and how much is shown of a long list or text at a time. */
const OPEN_LEVELS = 2;
const FEW = 100;
const LONG_TEXT = 600;

export function JsonTree({ value }: { value: unknown }) {
  return (
    <div className="json">
      <Node value={value} level={0} />
    </div>
  );
}

interface NodeProps {
  name?: string;
  value: unknown;
  level: number;
}

function Node({ name, value, level }: NodeProps) {
  if (typeof value !== "object" || value === null) {
    return (
      <div className="json-line">
        <Name name={name} />
        <Leaf value={value} />
      </div>
    );
  }
  const list = Array.isArray(value);
  const entries: [string, unknown][] = list
    ? value.map((item: unknown, at): [string, unknown] => [String(at), item])
    : Object.entries(value);
  return <Branch name={name} level={level} list={list} entries={entries} />;
}

interface BranchProps {
  name: string | undefined;
  level: number;
  list: boolean;
  entries: [string, unknown][];
}

function Branch({ name, level, list, entries }: BranchProps) {
  const [open, setOpen] = useState(level < OPEN_LEVELS && entries.length <= FEW);
  const [shown, setShown] = useState(FEW);
  if (entries.length === 0) {
    return (
      <div className="json-line">
        <Name name={name} />
        {list ? "[]" : "{}"}
      </div>
    );
  }
  const size = list ? plural(entries.length, "item") : plural(entries.length, "field");
  return (
    <div>
      <button className="json-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronRight size={12} style={{ rotate: open ? "90deg" : "0deg" }} aria-hidden />
        <Name name={name} />
        <span className="quiet">
          {list ? "[" : "{"} {size} {list ? "]" : "}"}
        </span>
      </button>
      {open && (
        <div className="json-below">
          {entries.slice(0, shown).map(([key, item]) => (
            <Node key={key} name={key} value={item} level={level + 1} />
          ))}
          {entries.length > shown && (
            <button className="more" onClick={() => setShown(shown + FEW)}>
              Show more of {size}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Name({ name }: { name: string | undefined }) {
  return name === undefined ? null : <span className="json-name">{name}: </span>;
}

function Leaf({ value }: { value: unknown }) {
  const [whole, setWhole] = useState(false);
  if (typeof value !== "string") {
    return <span className={`json-${typeof value}`}>{String(value)}</span>;
  }
  const cut = !whole && value.length > LONG_TEXT;
  return (
    <span className="json-string">
      {cut ? value.slice(0, LONG_TEXT) : value}
      {cut && (
        <button className="more" onClick={() => setWhole(true)}>
          … show all
        </button>
      )}
    </span>
  );
}
