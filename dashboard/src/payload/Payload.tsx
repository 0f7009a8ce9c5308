/** What went in or came out, in the form that reads best; the others are one click away. */
import { type ReactNode, useMemo, useState } from "react";
import { sizeOf } from "../format/amount";
import { Copy } from "../ui/Copy";
import { Segments } from "../ui/Segments";
import { Chat } from "./Chat";
import { JsonTree } from "./JsonTree";
import { Prose } from "./Prose";
import { jsonIn, messagesIn, textForm } from "./recognise";
import "./payload.css";

type Form = "chat" | "read" | "json" | "text";

const NAMES: Record<Form, string> = { chat: "Chat", read: "Read", json: "JSON", text: "Text" };

interface PayloadProps {
  title: string;
  value: unknown;
  bytes?: number | null | undefined;
  note?: ReactNode;
}

export function Payload({ title, value, bytes, note }: PayloadProps) {
  const forms = useMemo(() => formsOf(value), [value]);
  const [chosen, setChosen] = useState<Form>();
  const form = chosen && forms.includes(chosen) ? chosen : forms[0];
  return (
    <section className="payload" aria-label={title}>
      <header className="row">
        <h3>{title}</h3>
        {bytes ? <span className="quiet">{sizeOf(bytes)}</span> : null}
        {note}
        <span className="grow" />
        {forms.length > 1 && form && (
          <Segments
            label={`Form of ${title}`}
            value={form}
            choices={forms.map((form) => ({ value: form, text: NAMES[form] }))}
            onChange={setChosen}
          />
        )}
        <Copy text={() => textForm(value)} what={title.toLowerCase()} />
      </header>
      <Body form={form ?? "text"} value={value} />
    </section>
  );
}

/** The forms that a payload has, the best first. */
export function formsOf(value: unknown): Form[] {
  if (messagesIn(value)) return ["chat", ...JSON_FIRST];
  if (typeof value === "string") return jsonIn(value) === undefined ? ["read", "text"] : JSON_FIRST;
  return typeof value === "object" && value !== null ? JSON_FIRST : ["text"];
}

const JSON_FIRST: Form[] = ["json", "text"];

function Body({ form, value }: { form: Form; value: unknown }) {
  switch (form) {
    case "chat":
      return <Chat messages={messagesIn(value) ?? []} />;
    case "read":
      return <Prose text={textForm(value)} />;
    case "json":
      return <JsonTree value={typeof value === "string" ? jsonIn(value) : value} />;
    case "text":
      return <pre className="payload-text">{textForm(value)}</pre>;
  }
}
