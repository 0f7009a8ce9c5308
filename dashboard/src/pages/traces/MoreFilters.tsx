/** The filters that are not always in sight. */
import { useQuery } from "@tanstack/react-query";
import type { SubmitEvent } from "react";
import { metricsQuery } from "../../api/queries";
import type { MetricsReport } from "../../api/types";
import { Button } from "../../ui/Button";
import type { Change } from "./FilterBar";
import { AMOUNT_FIELDS, TEXT_FIELDS } from "./filter";

interface MoreFiltersProps {
  params: URLSearchParams;
  onChange: Change;
}

const TIMES = [
  ["start_after", "Started at or after"],
  ["start_before", "Started before"],
] as const;

export function MoreFilters({ params, onChange }: MoreFiltersProps) {
  const { data } = useQuery(metricsQuery({}));
  const apply = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const texts = [...form.entries()].map(([name, value]): [string, string] => [
      name,
      textOf(value),
    ]);
    const timed = texts.some(([name, text]) => name.startsWith("start_") && text);
    onChange({ ...Object.fromEntries(texts), ...(timed ? { range: null } : {}) });
  };
  return (
    <form className="more-filters card" onSubmit={apply} key={params.toString()}>
      {TEXT_FIELDS.map(([field, name]) => (
        <label key={field} className="field">
          {name}
          <input
            className="input"
            name={field}
            defaultValue={params.get(field) ?? ""}
            list={`known-${field}`}
            autoComplete="off"
          />
          <Known id={`known-${field}`} names={namesOf(data, field)} />
        </label>
      ))}
      {AMOUNT_FIELDS.map(([field, name]) => (
        <label key={field} className="field">
          {name}
          <input
            className="input"
            name={field}
            type="number"
            min="0"
            step="any"
            defaultValue={params.get(field) ?? ""}
          />
        </label>
      ))}
      {TIMES.map(([field, name]) => (
        <label key={field} className="field">
          {name}
          <input
            className="input"
            name={field}
            type="datetime-local"
            step="1"
            defaultValue={params.get(field) ?? ""}
          />
        </label>
      ))}
      <Button kind="main" type="submit">
        Apply
      </Button>
    </form>
  );
}

const textOf = (value: FormDataEntryValue) => (typeof value === "string" ? value.trim() : "");

function namesOf(report: MetricsReport | undefined, field: string): string[] {
  const lists = { agent: report?.agents, model: report?.models, tool: report?.tools };
  const list = lists[field as keyof typeof lists] ?? [];
  return list.map(({ name }) => name);
}

/** Names that were seen lately, as suggestions. */
function Known({ id, names }: { id: string; names: string[] }) {
  return (
    <datalist id={id}>
      {names.map((name) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}
