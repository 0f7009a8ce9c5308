/** Whether the platform is ready, and what is not. */
import { useQuery } from "@tanstack/react-query";
import { readyQuery } from "../api/queries";
import { Badge } from "../ui/Badge";
import { Tip } from "../ui/Tip";

export function Health() {
  const { data, isError } = useQuery(readyQuery);
  if (isError) return <State tone="bad" word="API away" why="The API does not answer" />;
  if (!data) return <State tone="busy" word="…" why="Asking the platform how it is" />;
  const ill = Object.entries(data.components).filter(([, component]) => !component.ready);
  if (data.ready) return <State tone="good" word="Ready" why="Kafka and the database are there" />;
  const why = ill.map(([name, { reason }]) => `${name}: ${reason ?? "not ready"}`).join("\n");
  return <State tone="bad" word="Not ready" why={why || "A component is not ready"} />;
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
