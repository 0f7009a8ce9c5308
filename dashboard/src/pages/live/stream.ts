/**
 * How the stream is: whether it is connected, and whether anything can come over it. The API may
 * hold the connection while its own reader of Kafka gets nothing; silence then says nothing.
 */
import { useQuery } from "@tanstack/react-query";
import { readyQuery } from "../../api/queries";
import type { Readiness } from "../../api/readiness";
import type { Frame } from "../../live/frames";
import type { LiveState } from "../../live/socket";
import type { Tone } from "../../ui/Badge";

/** Whether records reach the API's live tail. */
export interface Tail {
  delivers: boolean;
  reason: string | undefined;
}

export interface Stream {
  state: LiveState;
  /** None where the API does not say. */
  tail: Tail | undefined;
}

/** The part of the API that reads Kafka for those who watch. */
const TAIL = "live";

/** What the API says of its tail; what the stream itself says is newer. */
export function useTail(told: Tail | undefined): Tail | undefined {
  const { data, error } = useQuery(readyQuery);
  return told ?? (error ? undefined : tailIn(data));
}

/** What a frame of the stream says of the tail. */
export const tailOf = ({ delivering, detail }: Frame): Tail => ({
  delivers: delivering !== false,
  reason: detail,
});

/** What `/ready` says of the tail: nothing where the tail has no place of its own in it. */
export function tailIn(readiness: Readiness | undefined): Tail | undefined {
  const told = readiness?.components[TAIL];
  return told && { delivers: told.ready, reason: told.reason };
}

/** Whether silence has another reason than that nothing happens. */
export const isAway = ({ state, tail }: Stream): boolean =>
  state === "waiting" || state === "gone" || tail?.delivers === false;

/** The state in a word. */
export function stateOf({ state, tail }: Stream): { tone: Tone; word: string } {
  switch (state) {
    case "connecting":
      return { tone: "busy", word: "connecting" };
    case "waiting":
      return { tone: "warn", word: "connection lost, trying again" };
    case "gone":
      return { tone: "bad", word: "the API is away, still trying" };
    case "open":
      return tail?.delivers === false
        ? { tone: "bad", word: "connected, but nothing is delivered" }
        : { tone: "good", word: "connected" };
  }
}

/** What silence means, as a heading and a sentence. */
export function silenceOf(stream: Stream, filtered: boolean): { title: string; text: string } {
  const { state, tail } = stream;
  if (state === "gone") {
    return {
      title: "The API is away",
      text: "What happens now cannot be seen here; this page goes on trying.",
    };
  }
  if (state === "waiting" || state === "connecting") {
    return {
      title: "The stream is not connected",
      text: "What happens now shows once the connection is back.",
    };
  }
  if (tail?.delivers === false) {
    const why = tail.reason ? `: ${tail.reason}` : "";
    return {
      title: "Nothing is delivered to this page",
      text: `The API is there, but its live tail gets no records from Kafka${why}. Agents may well be at work.`,
    };
  }
  const fitting = filtered ? "Nothing that fits the filters" : "Nothing";
  return {
    title: `${fitting} has happened in the last minutes`,
    text: "What agents do shows here as it happens.",
  };
}
