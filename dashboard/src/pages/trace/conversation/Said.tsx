/** A payload as something that was said: without a head of its own. */
import { Chat, MessageBody } from "../../../payload/Chat";
import { JsonTree } from "../../../payload/JsonTree";
import { Prose } from "../../../payload/Prose";
import { jsonIn, messagesIn, textForm } from "../../../payload/recognise";

export function Said({ value }: { value: unknown }) {
  const messages = messagesIn(value);
  const [only, ...more] = messages ?? [];
  if (messages && only && more.length > 0) return <Chat messages={messages} />;
  if (only) return <MessageBody message={only} />;
  const json = typeof value === "string" ? jsonIn(value) : value;
  if (typeof json === "object") return <JsonTree value={json} />;
  return <Prose text={textForm(value)} />;
}
