/** Who worked in a trace and who passed work to whom, now or at any moment of it. */
import { useQuery } from "@tanstack/react-query";
import { Waypoints } from "lucide-react";
import { useMemo, useState } from "react";
import { graphQuery } from "../../../api/queries";
import type { AgentGraph, HandoffView } from "../../../api/types";
import { Empty, Failure, Loading } from "../../../ui/Notice";
import { useNarrow } from "../../../ui/useMedia";
import { spentQuery } from "../model/details";
import { useHandoffs } from "../model/notes";
import type { ViewProps } from "../TracePage";
import { AgentDetails } from "./AgentDetails";
import { Handoffs } from "./Handoffs";
import { type Moment, agentsOf, momentAt } from "./moment";
import { Picture } from "./Picture";
import { ReplayBar } from "./ReplayBar";
import { useReplay } from "./useReplay";
import "./graph.css";

export function GraphView(props: ViewProps) {
  const graph = useQuery(graphQuery(props.answer.trace.trace_id, props.answer.run?.follow));
  if (graph.isError) return <Failure error={graph.error} retry={graph.refetch} />;
  if (!graph.data) return <Loading />;
  if (graph.data.nodes.length === 0) {
    return (
      <Empty icon={Waypoints} title="No agents">
        <p>
          No span of this trace names an agent. Give spans an <code>agent_id</code> or{" "}
          <code>agent_name</code> and they stand here.
        </p>
      </Empty>
    );
  }
  return <Graph {...props} graph={graph.data} />;
}

function Graph({ answer, spans, select, graph }: ViewProps & { graph: AgentGraph }) {
  const narrow = useNarrow();
  const [chosen, setChosen] = useState<string>();
  const replay = useReplay();
  const handoffs = useHandoffs(answer);
  const moment = useMoment(answer, handoffs, spans, replay.share);
  const ordered = answer.trace.time_source === "order";
  const node = graph.nodes.find(({ id }) => id === chosen);
  return (
    <div className="view">
      <ReplayBar
        replay={replay}
        moment={moment}
        at={instantAt(spans.layout, replay.share)}
        ordered={ordered}
        layout={spans.layout}
      />
      <Picture
        graph={graph}
        across={!narrow}
        moment={moment}
        chosen={chosen}
        onChoose={(id) => setChosen(id === chosen ? undefined : id)}
      />
      {node && <AgentDetails node={node} graph={graph} ordered={ordered} select={select} />}
      <Handoffs
        handoffs={handoffs}
        ordered={ordered}
        until={moment && instantAt(spans.layout, replay.share)}
        select={select}
      />
    </div>
  );
}

const instantAt = ({ from, to }: { from: number; to: number }, share: number) =>
  from + (to - from) * share;

/** The moment that is replayed; none in the present, for which the API's own sums stand. */
function useMoment(
  { trace, run }: ViewProps["answer"],
  handoffs: HandoffView[],
  { store, layout }: ViewProps["spans"],
  share: number,
): Moment | undefined {
  const replaying = share < 1;
  const spent = useQuery({ ...spentQuery(trace.trace_id, run?.follow), enabled: replaying });
  const agents = useMemo(() => agentsOf(store, layout), [store, layout]);
  if (!replaying) return undefined;
  return momentAt(instantAt(layout, share), store, agents, spent.data ?? [], handoffs);
}
