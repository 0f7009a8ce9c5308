/** One dead letter whole, and its way back to Kafka. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { client, unwrap } from "../../api/client";
import { deadLetterQuery } from "../../api/queries";
import type { DeadLetterDetail } from "../../api/types";
import { sizeOf } from "../../format/amount";
import { Payload } from "../../payload/Payload";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Failure, Loading } from "../../ui/Notice";
import { Time } from "../../ui/Time";

export function DeadLetterDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const letter = useQuery(deadLetterQuery(id));
  return (
    <Dialog title={`Dead letter ${id}`} onClose={onClose}>
      {letter.isError && <Failure error={letter.error} retry={letter.refetch} />}
      {letter.isPending && <Loading lines={5} />}
      {letter.data && <Detail id={id} detail={letter.data} />}
    </Dialog>
  );
}

function Detail({ id, detail }: { id: number; detail: DeadLetterDetail }) {
  const letter = detail.dead_letter;
  const value = detail.value_json ?? detail.value_text ?? detail.value_base64;
  return (
    <>
      <p className="failure">
        <strong>{letter.code}</strong>
        {letter.reason}
      </p>
      <dl className="pairs">
        <dt>From</dt>
        <dd className="mono">
          {letter.topic}, partition {letter.partition}, offset {letter.offset}
        </dd>
        <dt>Taken by Kafka</dt>
        <dd>
          <Time at={letter.broker_time} />
        </dd>
        <dt>Rejected</dt>
        <dd>
          <Time at={letter.rejected_at} />
        </dd>
        <dt>Key</dt>
        <dd className="mono">{letter.key ?? "none"}</dd>
        <dt>Schema</dt>
        <dd className="mono">{letter.schema ?? "none"}</dd>
        <dt>Size</dt>
        <dd>{sizeOf(letter.value_bytes)}</dd>
      </dl>
      {detail.gone ? (
        <p className="banner">{detail.gone}</p>
      ) : (
        value != null && <Payload title="Value" value={value} />
      )}
      {Object.keys(detail.headers).length > 0 && <Payload title="Headers" value={detail.headers} />}
      {!detail.gone && <Replay id={id} replays={letter.replays} />}
    </>
  );
}

function Replay({ id, replays }: { id: number; replays: number }) {
  const queries = useQueryClient();
  const replay = useMutation({
    mutationFn: () =>
      unwrap(client.POST("/api/v1/dead-letters/{id}/replay", { params: { path: { id } } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["dead-letters"] });
      await queries.invalidateQueries({ queryKey: ["dead-letter", id] });
    },
  });
  return (
    <div className="row wrap">
      <Button kind="main" disabled={replay.isPending} onClick={() => replay.mutate()}>
        <RotateCcw size={14} /> Send it again
      </Button>
      <span className="quiet" role="status">
        {replay.isSuccess
          ? `Sent to ${replay.data.topic}, partition ${replay.data.partition}, offset ${replay.data.offset}.`
          : replays > 0
            ? `It has been sent again ${replays}×.`
            : "As it was: right once what could not read it can."}
      </span>
      {replay.isError && <p role="alert">{replay.error.message}</p>}
    </div>
  );
}
