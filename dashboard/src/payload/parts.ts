/**
 * The parts of a message: what is said, what was only thought, calls of tools and what they gave
 * back, in the forms of the providers and frameworks that agents are written with.
 */
export type Fields = Record<string, unknown>;

export type Part =
  | { kind: "text"; text: string }
  /** What a model thought before it answered: no part of the answer. None where it is sealed. */
  | { kind: "reasoning"; text: string }
  | { kind: "call"; id: string | undefined; name: string; arguments: unknown }
  | {
      kind: "result";
      id: string | undefined;
      name: string | undefined;
      value: unknown;
      failed: boolean;
    }
  /** An image, a file, whatever else: as it came. */
  | { kind: "other"; value: unknown };

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The first of the names under which a text stands. */
export const textIn = (fields: Fields, ...names: string[]): string | undefined =>
  names.map((name) => fields[name]).find((value) => typeof value === "string");

/** The first of the names under which anything stands. */
const anyIn = (fields: Fields, ...names: string[]): unknown =>
  names.map((name) => fields[name]).find((value) => value !== undefined && value !== null);

/** What stands within a part under the name of its kind (Gemini, Bedrock). */
const within = (fields: Fields, ...names: string[]): Fields | undefined =>
  names.map((name) => fields[name]).find(isFields);

/** Everything that a content holds, in order. */
export function partsOf(content: unknown): Part[] {
  const list = Array.isArray(content) ? content : [content];
  return list.flatMap(partOf);
}

function partOf(value: unknown): Part[] {
  if (value === null || value === undefined || value === "") return [];
  if (typeof value === "string") return spoken(value);
  if (!isFields(value)) return [{ kind: "other", value }];
  const wrapped = within(value, "message_content");
  if (wrapped) return partOf(wrapped);
  const part = reasoningOf(value) ?? callOf(value) ?? resultOf(value);
  if (part) return [part];
  if (isMark(value)) return [];
  const text = textIn(value, "text", "content", "refusal");
  return text === undefined ? [{ kind: "other", value }] : spoken(text);
}

/** Marks between steps, which say nothing. */
const isMark = ({ type }: Fields) => type === "step-start" || type === "step-finish";

const THOUGHT = /^\s*<(think|thinking|reasoning)>([\s\S]*?)(?:<\/\1>|$)\s*/i;

/** A text; the thoughts that some models write before it are told apart. */
export function spoken(text: string): Part[] {
  const [head, , thought = ""] = THOUGHT.exec(text) ?? [];
  if (head === undefined) return [{ kind: "text", text }];
  const rest = text.slice(head.length);
  const reasoning: Part = { kind: "reasoning", text: thought.trim() };
  return rest === "" ? [reasoning] : [reasoning, { kind: "text", text: rest }];
}

/** The word by which a part says what it is, written one way. */
export const wordOf = (fields: Fields): string =>
  (textIn(fields, "type", "part_kind", "block_type", "kind") ?? "").replaceAll("-", "_");

const REASONING = [
  "reasoning",
  "thinking",
  "thought",
  "redacted_thinking",
  "redacted_reasoning",
  "reasoning_text",
  "reasoning.text",
  "reasoning.summary",
  "reasoning.encrypted",
  "summary_text",
];

function reasoningOf(fields: Fields): Part | undefined {
  const inner = within(fields, "reasoningContent", "reasoning_content");
  if (inner) return { kind: "reasoning", text: thoughtIn(inner) };
  if (fields.thought === true || REASONING.includes(wordOf(fields))) {
    return { kind: "reasoning", text: thoughtIn(fields) };
  }
  return undefined;
}

/** The words of a thought, wherever they stand; none of one that the provider sealed. */
export function thoughtIn(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(thoughtIn).filter(Boolean).join("\n\n");
  if (!isFields(value)) return "";
  const names = ["thinking", "reasoning", "text", "reasoningText", "content", "summary"];
  return names.map((name) => thoughtIn(value[name])).find((text) => text !== "") ?? "";
}

const CALLS = ["tool_use", "tool_call", "function_call", "server_tool_use", "mcp_call"];

function callOf(fields: Fields): Part | undefined {
  const inner = within(fields, "functionCall", "function_call", "toolUse");
  if (inner) return called(inner);
  const word = wordOf(fields);
  if (CALLS.includes(word)) return called(fields);
  // A part of a message of the AI SDK is a call and, once it is there, its result.
  const tool = /^tool_(?!result|return|call_response)(.+)/.exec(word)?.[1];
  if (tool === undefined || !("toolCallId" in fields)) return undefined;
  return "output" in fields ? resultFrom(fields, tool) : called({ ...fields, name: tool });
}

/** A call, flat or below `function`. */
export function called(fields: Fields): Part {
  const call = within(fields, "function", "tool_call") ?? fields;
  return {
    kind: "call",
    id: textIn(fields, "id", "call_id", "toolCallId", "tool_call_id", "toolUseId"),
    name: textIn(call, "name", "toolName", "tool_name") ?? "tool",
    arguments: anyIn(call, "arguments", "input", "args") ?? null,
  };
}

const RESULTS = [
  "tool_result",
  "tool_return",
  "tool_call_response",
  "tool_response",
  "function_call_output",
  "function_response",
  "web_search_tool_result",
  "code_execution_tool_result",
  "mcp_tool_result",
];

function resultOf(fields: Fields): Part | undefined {
  const inner = within(fields, "functionResponse", "function_response", "toolResult");
  if (inner) return resultFrom(inner, undefined);
  return RESULTS.includes(wordOf(fields)) ? resultFrom(fields, undefined) : undefined;
}

/** What a tool gave back. */
export function resultFrom(fields: Fields, tool: string | undefined): Part {
  const value = anyIn(fields, "content", "output", "result", "response");
  const failed = [fields.is_error, fields.isError].includes(true) || fields.status === "error";
  return {
    kind: "result",
    id: textIn(fields, "tool_use_id", "tool_call_id", "call_id", "toolCallId", "toolUseId", "id"),
    name: textIn(fields, "name", "tool_name", "toolName") ?? tool,
    value: plain(value),
    failed,
  };
}

/** A result as it reads best: texts that came in parts are one text. */
function plain(value: unknown): unknown {
  if (isFields(value) && value.type === "text" && "value" in value) return value.value;
  if (isFields(value) && value.type === "json" && "value" in value) return value.value;
  if (!Array.isArray(value)) return value ?? null;
  const texts = value.map((part) => (isFields(part) ? textIn(part, "text") : undefined));
  return value.length > 0 && texts.every((text) => text !== undefined) ? texts.join("\n\n") : value;
}
