/** The tabs of a trace. */
import { Tabs } from "radix-ui";
import type { TraceAnswer } from "../../api/types";
import { compactOf } from "../../format/amount";
import { VIEWS, VIEW_NAMES, type View, viewOf } from "./views";

interface ViewTabsProps {
  view: View;
  answer: TraceAnswer | undefined;
  onView: (view: View) => void;
}

export function ViewTabs({ view, answer, onView }: ViewTabsProps) {
  return (
    <Tabs.Root value={view} onValueChange={(word) => onView(viewOf(word))}>
      <Tabs.List className="tabs trace-tabs" aria-label="Views of the trace">
        {VIEWS.map((name) => (
          <Tab key={name} view={name} count={answer && countOf(name, answer)} />
        ))}
      </Tabs.List>
    </Tabs.Root>
  );
}

function Tab({ view, count }: { view: View; count: number | undefined }) {
  const { name, icon: Icon } = VIEW_NAMES[view];
  return (
    <Tabs.Trigger value={view} id={`view-${view}`} aria-controls="trace-view" className="tab">
      <Icon size={14} aria-hidden />
      {name}
      {count ? <span className="tab-count">{compactOf(count)}</span> : null}
    </Tabs.Trigger>
  );
}

function countOf(view: View, { trace: { counts } }: TraceAnswer): number | undefined {
  if (view === "waterfall") return counts.spans;
  if (view === "graph") return counts.agents;
  return view === "errors" ? Math.max(counts.failed_spans, counts.errors) : undefined;
}
