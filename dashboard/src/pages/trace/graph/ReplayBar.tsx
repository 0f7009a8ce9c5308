/** The slider that goes through the time of a trace. */
import { Pause, Play } from "lucide-react";
import { durationOf } from "../../../format/amount";
import { Button } from "../../../ui/Button";
import type { Layout } from "../model/layout";
import type { Moment } from "./moment";
import type { Replay } from "./useReplay";

const STEPS = 1000;

interface ReplayBarProps {
  replay: Replay;
  moment: Moment | undefined;
  at: number;
  ordered: boolean;
  layout: Layout;
}

export function ReplayBar({ replay, moment, at, ordered, layout }: ReplayBarProps) {
  const passed = durationOf(Math.max(0, at - layout.from));
  const share = `${Math.round(replay.share * 100)} %`;
  const where = moment ? (ordered ? share : `after ${passed}`) : "the whole trace";
  const { latest } = moment ?? {};
  return (
    <div className="replay">
      <Button onClick={replay.toggle}>
        {replay.playing ? <Pause size={14} /> : <Play size={14} />}
        {replay.playing ? "Pause" : "Replay"}
      </Button>
      <input
        type="range"
        min={0}
        max={STEPS}
        value={Math.round(replay.share * STEPS)}
        aria-label="Moment of the trace"
        aria-valuetext={where}
        onChange={(event) => replay.setShare(Number(event.target.value) / STEPS)}
      />
      <span className="replay-at">{where}</span>
      {moment && (
        <p className="quiet clip replay-note">
          {latest
            ? `${latest.source_agent_name} → ${latest.target_agent_name}: ${latest.reason ?? "no reason given"}`
            : "no handoff yet"}
        </p>
      )}
    </div>
  );
}
