/** Whether the platform is ready, and what is not. */
import { useQuery } from "@tanstack/react-query";
import { readyQuery } from "../api/queries";
import type { Readiness } from "../api/readiness";
import { Badge } from "../ui/Badge";
import { Tip } from "../ui/Tip";

export function Health() {
  const { data, error } = useQuery(readyQuery);
  // The last answer says nothing about now once the API no longer gives one.
  if (error) return <State tone="bad" word="API away" why={error.message} />;
  if (!data) return <State tone="busy" word="…" why="Asking the platform how it is" />;
  if (data.ready) return <State tone="good" word="Ready" why="Every part is there" />;
  return <State tone="bad" word="Not ready" why={whyOf(data)} />;
}

function whyOf({ components }: Readiness): string {
  const ill = Object.entries(components).filter(([, { ready }]) => !ready);
  const why = ill.map(([name, { reason }]) => `${name}: ${reason ?? "not ready"}`).join("\n");
  return why || "A component is not ready";
}

function State({ tone, word, why }: { tone: "good" | "bad" | "busy"; word: string; why: string }) {
  return (
    <Tip text={why}>
      <button type="button" className="health" aria-label={`Platform: ${word}. ${why}`}>
        <Badge tone={tone}>
          <span className="dot" />
          {word}
        </Badge>
      </button>
    </Tip>
  );
}
