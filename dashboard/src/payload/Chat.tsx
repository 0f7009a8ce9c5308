/** Messages as a conversation. */
import { Wrench } from "lucide-react";
import { JsonTree } from "./JsonTree";
import { Prose } from "./Prose";
import { type Message, type ToolUse, jsonIn } from "./recognise";

export function Chat({ messages }: { messages: Message[] }) {
  return (
    <ol className="chat">
      {messages.map((message, at) => (
        <li key={at} className="chat-message" data-role={message.role}>
          <MessageBody message={message} />
        </li>
      ))}
    </ol>
  );
}

export function MessageBody({ message }: { message: Message }) {
  const { role, name, text, rest, toolUses } = message;
  const json = text === undefined ? undefined : jsonIn(text);
  return (
    <>
      <span className="chat-role">
        {role}
        {name && <span className="quiet"> {name}</span>}
      </span>
      {json !== undefined ? <JsonTree value={json} /> : text && <Prose text={text} />}
      {rest.map((part, at) => (
        <JsonTree key={at} value={part} />
      ))}
      {toolUses.map((use, at) => (
        <Use key={at} use={use} />
      ))}
    </>
  );
}

function Use({ use }: { use: ToolUse }) {
  const given = typeof use.arguments === "string" ? jsonIn(use.arguments) : use.arguments;
  return (
    <div className="chat-tool">
      <span className="row">
        <Wrench size={13} aria-hidden /> <strong>{use.name}</strong>
        {use.id && <span className="quiet mono clip">{use.id}</span>}
      </span>
      {given === undefined ? (
        <Prose text={String(use.arguments)} />
      ) : (
        given !== null && <JsonTree value={given} />
      )}
    </div>
  );
}
