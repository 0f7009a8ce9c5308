/** What the user asked, and what the user got: the frame of the conversation. */
import { useQuery } from "@tanstack/react-query";
import { UserRound } from "lucide-react";
import { type Follow, tracePayloadsQuery } from "../../../api/queries";
import { EndWords } from "./EndWords";
import { askedIn, gotIn } from "./ends";

interface FrameProps {
  traceId: string;
  follow?: Follow | undefined;
  end: "input" | "output";
}

export function Frame({ traceId, follow, end }: FrameProps) {
  const { data, error } = useQuery(tracePayloadsQuery(traceId, follow));
  if (error && !data) {
    const what = end === "input" ? "asked" : "answered";
    return (
      <p className="turn quiet">
        What was {what} could not be read: {error.message}
      </p>
    );
  }
  const said = end === "input" ? data?.trace.user_input : data?.trace.final_output;
  if (said == null) return <div className="turn-gap" />;
  const words = end === "input" ? askedIn(said) : gotIn(said);
  return (
    <article className="turn" data-frame="">
      <header className="row">
        <UserRound size={15} aria-hidden />
        <strong>{words.title}</strong>
      </header>
      <EndWords end={words} value={said} />
    </article>
  );
}
