/** What the agents said, were told, and did with tools, in order. */
import { MessagesSquare } from "lucide-react";
import { useMemo, useState } from "react";
import { Agent } from "../../../ui/Agent";
import { Button } from "../../../ui/Button";
import { Empty } from "../../../ui/Notice";
import { VirtualList } from "../../../ui/VirtualList";
import { turnsOf } from "../model/turns";
import type { ViewProps } from "../TracePage";
import { Frame } from "./Frame";
import { Turn } from "./Turn";
import "./conversation.css";

export function ConversationView({ answer, spans, selected, select }: ViewProps) {
  const { store, layout } = spans;
  const [only, setOnly] = useState<string>();
  const turns = useMemo(() => turnsOf(store, layout), [store, layout]);
  const agents = useMemo(
    () => [...new Set(turns.map((place) => store.agents[place]).filter((agent) => agent !== null))],
    [turns, store],
  );
  const shown = only === undefined ? turns : turns.filter((place) => store.agents[place] === only);
  if (turns.length === 0) {
    return (
      <Empty icon={MessagesSquare} title="Nothing was said">
        <p>No span of this trace is a call of a model, a tool or an agent.</p>
      </Empty>
    );
  }
  return (
    <div className="fill">
      {agents.length > 1 && (
        <div className="view-tools" role="group" aria-label="Agent">
          <Button aria-pressed={only === undefined} onClick={() => setOnly(undefined)}>
            All agents
          </Button>
          {agents.map((agent) => (
            <Button
              key={agent}
              aria-pressed={only === agent}
              onClick={() => setOnly(only === agent ? undefined : (agent ?? undefined))}
            >
              <Agent name={agent ?? ""} />
            </Button>
          ))}
        </div>
      )}
      <VirtualList
        label="Conversation"
        className="conversation"
        items={[-1, ...shown, -2]}
        itemKey={(place) => store.ids[place] ?? place}
        estimate={140}
        render={(place) =>
          place < 0 ? (
            <Frame
              traceId={answer.trace.trace_id}
              follow={answer.run?.follow}
              end={place === -1 ? "input" : "output"}
            />
          ) : (
            <Turn
              traceId={answer.trace.trace_id}
              place={place}
              spans={spans}
              ordered={answer.trace.time_source === "order"}
              selected={store.ids[place] === selected}
              select={select}
            />
          )
        }
      />
    </div>
  );
}
