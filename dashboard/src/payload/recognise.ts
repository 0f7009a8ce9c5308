/** What a payload is: messages of a chat, text, or any other JSON. */

export interface ToolUse {
  id: string | undefined;
  name: string;
  /** As it came: text that may be JSON, or JSON. */
  arguments: unknown;
}

export interface Message {
  role: string;
  name: string | undefined;
  /** Text, where it is text. */
  text: string | undefined;
  /** What is no text, as it came. */
  rest: unknown[];
  toolUses: ToolUse[];
}

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const textIn = (fields: Fields, ...names: string[]): string | undefined =>
  names.map((name) => fields[name]).find((value) => typeof value === "string");

/** JSON that stands in a text, when it is an object or a list. */
export function jsonIn(text: string): unknown {
  const head = text.trimStart()[0];
  if (head !== "{" && head !== "[") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The messages in a payload, whichever of the usual forms it has; none when it is no chat. */
export function messagesIn(payload: unknown): Message[] | undefined {
  if (Array.isArray(payload)) {
    const messages = payload.map(messageOf);
    const all = messages.every((message) => message !== undefined);
    return payload.length > 0 && all ? messages : undefined;
  }
  if (!isFields(payload)) return undefined;
  const inner = payload.messages ?? payload.choices;
  if (Array.isArray(inner)) return messagesIn(inner);
  const one = messageOf(payload);
  return one && [one];
}

function messageOf(value: unknown): Message | undefined {
  if (!isFields(value)) return undefined;
  const wrapped = value.message;
  if (isFields(wrapped)) return messageOf(wrapped);
  const role = textIn(value, "role", "type");
  const said = "content" in value || "parts" in value || "tool_calls" in value;
  if (role === undefined || !said) return undefined;
  const content = value.content ?? value.parts;
  const parts = Array.isArray(content) ? content : [content];
  return {
    role,
    name: textIn(value, "name", "tool_call_id"),
    text: textOf(parts),
    rest: parts.filter((part) => partText(part) === undefined && !isToolUse(part) && part != null),
    toolUses: [...parts.filter(isToolUse), ...listOf(value.tool_calls)].map(toolUseOf),
  };
}

function textOf(parts: unknown[]): string | undefined {
  const texts = parts.map(partText).filter((text) => text !== undefined);
  return texts.length > 0 ? texts.join("\n\n") : undefined;
}

function partText(part: unknown): string | undefined {
  if (typeof part === "string") return part;
  return isFields(part) && !isToolUse(part) ? textIn(part, "text", "content") : undefined;
}

const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);
const isToolUse = (part: unknown): part is Fields =>
  isFields(part) && (part.type === "tool_use" || part.type === "tool_call");

function toolUseOf(value: Fields): ToolUse {
  const call = isFields(value.function) ? value.function : value;
  return {
    id: textIn(value, "id", "call_id"),
    name: textIn(call, "name") ?? "tool",
    arguments: call.arguments ?? call.input ?? null,
  };
}

const MARKS = /^(#{1,6} |[-*] |\d+\. |>|```)|\*\*[^*\n]+\*\*|`[^`\n]+`|\[[^\]\n]+\]\([^)\n]+\)/m;

/** Whether a text has the marks of Markdown. */
export const looksLikeMarkdown = (text: string): boolean => MARKS.test(text);

/** A payload as text: text as it is, anything else as JSON. */
export function textForm(payload: unknown): string {
  if (typeof payload === "string") return payload;
  return payload === undefined ? "" : JSON.stringify(payload, null, 2);
}
