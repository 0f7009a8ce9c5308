/** A trace as the API gives it. */
import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { rawTraceQuery } from "../../../api/queries";
import { plural } from "../../../format/amount";
import { JsonTree } from "../../../payload/JsonTree";
import { Copy } from "../../../ui/Copy";
import { Failure, Loading } from "../../../ui/Notice";
import type { ViewProps } from "../TracePage";

/** More is one download away. */
const SPANS = 200;

export function RawView({ answer }: ViewProps) {
  const traceId = answer.trace.trace_id;
  const follow = answer.run?.follow;
  const raw = useQuery(rawTraceQuery(traceId, SPANS, follow));
  const left = answer.trace.counts.spans - SPANS;
  const href = `/api/v1/traces/${traceId}?include=payloads${follow ? `&follow=${follow}` : ""}`;
  return (
    <div className="view">
      <div className="row wrap">
        <span className="mono clip">GET {href}</span>
        <span className="grow" />
        {raw.data && <Copy text={() => JSON.stringify(raw.data, null, 2)} what="JSON" />}
        <a className="button" href={href} download={`${traceId}.json`}>
          <Download size={14} /> Download
        </a>
      </div>
      {left > 0 && (
        <p className="quiet">
          The first {SPANS} spans; {plural(left, "more span")} are in the download and its pages.
        </p>
      )}
      {raw.isError && <Failure error={raw.error} retry={raw.refetch} />}
      {raw.isPending && <Loading />}
      {raw.data && (
        <div className="card" style={{ padding: 12 }}>
          <JsonTree value={raw.data} />
        </div>
      )}
    </div>
  );
}
