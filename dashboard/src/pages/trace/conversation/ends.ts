/** The ends of a conversation: whose words they are, and which of all that was handed in or out. */
import { type Message, messagesIn, wordsOf } from "../../../payload/recognise";

export interface End {
  /** Whose words these are. */
  title: string;
  /** What stands there: a message, or the payload as it came. */
  message: Message | undefined;
  /** How many other messages the payload has. */
  others: number;
}

/** What was asked: of a whole conversation the user's latest words, never a tool's. */
export function askedIn(payload: unknown): End {
  const messages = messagesIn(payload);
  if (!messages) return { title: "The user asked", message: undefined, others: 0 };
  const asked = messages.findLast((message) => message.role === "user" && wordsOf(message));
  if (!asked) return { title: "It was given", message: undefined, others: 0 };
  return { title: "The user asked", message: asked, others: messages.length - 1 };
}

/** What came out: the last message, called what it is. */
export function gotIn(payload: unknown): End {
  const messages = messagesIn(payload);
  const last = messages?.at(-1);
  if (!messages || !last) return { title: "The user got", message: undefined, others: 0 };
  const others = messages.length - 1;
  return { title: titleOf(last), message: last, others };
}

function titleOf(message: Message): string {
  if (message.role === "tool") return "It ended with what a tool gave back";
  if (wordsOf(message) !== undefined) return "The user got";
  const calls = message.parts.some(({ kind }) => kind === "call");
  return calls ? "It ended with a call of a tool" : "It ended without an answer";
}
