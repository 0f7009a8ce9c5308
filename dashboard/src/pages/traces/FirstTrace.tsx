/** What to do when there is no trace yet. */
import { useMutation } from "@tanstack/react-query";
import { ListTree } from "lucide-react";
import { client, unwrap } from "../../api/client";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Notice";

const COMMANDS = `# a simulated team of agents
telemetron demo

# recorded runs of yours
telemetron import ./logs`;

export function FirstTrace() {
  const simulate = useMutation({
    mutationFn: () => unwrap(client.POST("/api/v1/debug/simulate-trace", { body: {} })),
  });
  return (
    <Empty icon={ListTree} title="No traces yet">
      <p>
        Send the first one: link the crate <span className="mono">telemetron-sdk</span> into your
        agent, or try one of these in a terminal.
      </p>
      <pre>{COMMANDS}</pre>
      <Button kind="main" disabled={simulate.isPending} onClick={() => simulate.mutate()}>
        Send a test trace
      </Button>
      {simulate.isError && <p role="alert">{simulate.error.message}</p>}
      {simulate.isSuccess && <p role="status">Sent. It shows here in a moment.</p>}
    </Empty>
  );
}
