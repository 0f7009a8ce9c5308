/** What the user asked, and what the user got: the frame of the conversation. */
import { useQuery } from "@tanstack/react-query";
import { UserRound } from "lucide-react";
import { tracePayloadsQuery } from "../../../api/queries";
import { Said } from "./Said";

export function Frame({ traceId, end }: { traceId: string; end: "input" | "output" }) {
  const { data } = useQuery(tracePayloadsQuery(traceId));
  const said = end === "input" ? data?.trace.user_input : data?.trace.final_output;
  if (said == null) return <div className="turn-gap" />;
  return (
    <article className="turn" data-frame="">
      <header className="row">
        <UserRound size={15} aria-hidden />
        <strong>{end === "input" ? "The user asked" : "The user got"}</strong>
      </header>
      <Said value={said} />
    </article>
  );
}
