/** Messages as a conversation: what was said, beside it what was thought, called and given back. */
import { Brain, CornerDownRight, Wrench } from "lucide-react";
import { Badge } from "../ui/Badge";
import { JsonTree } from "./JsonTree";
import { Prose } from "./Prose";
import { type Message, type Part, jsonIn } from "./recognise";

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

export function MessageBody({ message: { role, name, parts } }: { message: Message }) {
  const alone = parts.every(({ kind }) => kind === "reasoning");
  return (
    <>
      <span className="chat-role">
        {role}
        {name && <span className="quiet"> {name}</span>}
      </span>
      {parts.map((part, at) => (
        <OnePart key={at} part={part} alone={alone} />
      ))}
    </>
  );
}

/** A part of a message; a thought is folded unless it stands alone. */
function OnePart({ part, alone }: { part: Part; alone: boolean }) {
  switch (part.kind) {
    case "text":
      return <Value value={part.text} />;
    case "reasoning":
      return <Reasoning text={part.text} open={alone} />;
    case "call":
      return <Call part={part} />;
    case "result":
      return <Result part={part} />;
    case "other":
      return <JsonTree value={part.value} />;
  }
}

function Reasoning({ text, open }: { text: string; open: boolean }) {
  return (
    <details className="chat-reasoning" open={open}>
      <summary>
        <Brain size={13} aria-hidden /> Reasoning
      </summary>
      {text === "" ? <p className="quiet">Its words were kept back.</p> : <Prose text={text} />}
    </details>
  );
}

function Call({ part: { id, name, arguments: given } }: { part: Part & { kind: "call" } }) {
  return (
    <div className="chat-tool">
      <span className="row">
        <Wrench size={13} aria-hidden /> <strong>{name}</strong>
        {id && <span className="quiet mono clip">{id}</span>}
      </span>
      {given !== null && <Value value={given} />}
    </div>
  );
}

function Result({ part: { id, name, value, failed } }: { part: Part & { kind: "result" } }) {
  return (
    <div className="chat-tool" data-result="">
      <span className="row">
        <CornerDownRight size={13} aria-hidden />
        <span>
          result
          {name && (
            <>
              {" "}
              of <strong>{name}</strong>
            </>
          )}
        </span>
        {failed && <Badge tone="bad">failed</Badge>}
        {id && <span className="quiet mono clip">{id}</span>}
      </span>
      {value !== null && <Value value={value} />}
    </div>
  );
}

/** Text to be read, or JSON, also where it stands in a text. */
function Value({ value }: { value: unknown }) {
  if (typeof value !== "string") return <JsonTree value={value} />;
  const json = jsonIn(value);
  return json === undefined ? <Prose text={value} /> : <JsonTree value={json} />;
}
