/** What is wanted of the traces: the usual in a bar, the rest in a panel. */
import { Search, SlidersHorizontal, X } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "../../ui/Button";
import { Segments } from "../../ui/Segments";
import { useDebounced } from "../../ui/useDebounced";
import { MoreFilters } from "./MoreFilters";
import { RANGES, chipsOf } from "./filter";

export type Change = (change: Record<string, string | null>) => void;

interface FilterBarProps {
  params: URLSearchParams;
  onChange: Change;
}

const STATUS = [
  { value: "all", text: "All" },
  { value: "RUNNING", text: "Running" },
  { value: "COMPLETED", text: "Completed" },
  { value: "FAILED", text: "Failed" },
] as const;
const RANGE = [{ value: "all", text: "Any time" } as const, ...RANGES];

export function FilterBar({ params, onChange }: FilterBarProps) {
  const [more, setMore] = useState(false);
  const or = (name: string) => params.get(name) ?? "all";
  const status = STATUS.find(({ value }) => value === or("status"))?.value ?? "all";
  const range = RANGE.find(({ value }) => value === or("range"))?.value ?? "all";
  return (
    <div className="filters">
      <SearchText text={params.get("q") ?? ""} onText={(q) => onChange({ q })} />
      <Segments
        label="Status"
        value={status}
        choices={STATUS}
        onChange={(value) => onChange({ status: value === "all" ? null : value })}
      />
      <Segments
        label="Started within"
        value={range}
        choices={RANGE}
        onChange={(value) =>
          onChange({
            range: value === "all" ? null : value,
            start_after: null,
            start_before: null,
          })
        }
      />
      <Button aria-expanded={more} onClick={() => setMore(!more)}>
        <SlidersHorizontal size={14} /> Filters
      </Button>
      <Flag field="errors_only" text="With errors" params={params} onChange={onChange} />
      <Flag field="stuck_only" text="Stuck" params={params} onChange={onChange} />
      <Flag
        field="runs"
        text="Runs"
        title="A line a run: traces that links join stand as one"
        params={params}
        onChange={onChange}
      />
      {more && <MoreFilters params={params} onChange={onChange} />}
      <Chips params={params} onChange={onChange} />
    </div>
  );
}

/** How long typing must rest before the search begins. */
const REST_MS = 250;

function SearchText({ text, onText }: { text: string; onText: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  const [seen, setSeen] = useState(text);
  // The address changed by another way: the box follows.
  if (text !== seen) {
    setSeen(text);
    setTyped(text);
  }
  const rested = useDebounced(typed, REST_MS);
  useEffect(() => {
    if (rested === typed && rested !== text) onText(rested);
    // Only what was typed may change the address, not the address itself.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [rested]);
  return (
    <label className="jump filter-text">
      <Search size={14} aria-hidden />
      <input
        className="input"
        type="search"
        value={typed}
        placeholder="Name, input or output"
        aria-label="Search in name, input and output"
        onChange={(event) => setTyped(event.target.value)}
      />
    </label>
  );
}

interface FlagProps extends FilterBarProps {
  field: string;
  text: string;
  title?: string;
}

function Flag({ field, text, title, params, onChange }: FlagProps) {
  const on = params.get(field) === "true";
  return (
    <Button
      aria-pressed={on}
      title={title}
      onClick={() => onChange({ [field]: on ? null : "true" })}
    >
      {text}
    </Button>
  );
}

function Chips({ params, onChange }: FilterBarProps) {
  const chips = chipsOf(params);
  const all = [...params.keys()];
  if (all.length === 0) return null;
  return (
    <div className="row wrap chips">
      {chips.map(({ field, text }) => (
        <Button key={field} kind="plain" onClick={() => onChange({ [field]: null })}>
          {text} <X size={13} aria-label="remove" />
        </Button>
      ))}
      <Button
        kind="plain"
        onClick={() => onChange(Object.fromEntries(all.map((name) => [name, null])))}
      >
        Clear all
      </Button>
    </div>
  );
}
