/** What a payload is: messages of a chat, text, or any other JSON. */
import {
  type Fields,
  type Part,
  called,
  isFields,
  partsOf,
  resultFrom,
  textIn,
  thoughtIn,
  wordOf,
} from "./parts";

export type { Part } from "./parts";

export interface Message {
  /** Who speaks: `user`, `assistant`, `system`, `tool`, or another word as it came. */
  role: string;
  name: string | undefined;
  parts: Part[];
}

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
  const found = typeof payload === "string" ? messagesOf(jsonIn(payload)) : messagesOf(payload);
  return found && named(found);
}

/** Fields below which an answer or a request keeps its messages. */
const LISTS = ["messages", "choices", "candidates", "contents", "generations"];

function messagesOf(payload: unknown): Message[] | undefined {
  if (Array.isArray(payload)) return listOf(payload);
  if (!isFields(payload)) return undefined;
  const inner = LISTS.map((name) => payload[name]).find(Array.isArray);
  if (inner) return withSystem(payload, messagesOf(inner));
  // Of OpenAI's Responses: what was asked, or what came.
  const items = [payload.output, payload.input].find(Array.isArray);
  if (items && !("role" in payload)) return withSystem(payload, messagesOf(items));
  const one = messageOf(payload) ?? messageOf(payload.output);
  return one && [one];
}

function listOf(list: unknown[]): Message[] | undefined {
  if (list.length === 0) return undefined;
  if (list.every(Array.isArray)) {
    const all = list.map(listOf);
    return all.every((messages) => messages !== undefined) ? all.flat() : undefined;
  }
  const messages = list.map(messageOf);
  if (messages.every((message) => message !== undefined)) return messages;
  return contentOf(list);
}

/** The content of one message without the message: parts of which one is no plain text. */
function contentOf(list: unknown[]): Message[] | undefined {
  const parts = partsOf(list);
  const typed = list.every((part) => isFields(part) && wordOf(part) !== "");
  const clear = parts.some(({ kind }) => kind !== "text" && kind !== "other");
  if (!typed || !clear) return undefined;
  return [{ role: speakerOf("assistant", parts), name: undefined, parts }];
}

/** What the system was told, where it stands beside the messages. */
function withSystem(payload: Fields, messages: Message[] | undefined): Message[] | undefined {
  const told = payload.system ?? payload.instructions ?? payload.system_instruction;
  const inner = isFields(told) && "parts" in told ? told.parts : told;
  const parts = typeof inner === "string" || Array.isArray(inner) ? partsOf(inner) : [];
  if (!messages || parts.length === 0) return messages;
  return [{ role: "system", name: undefined, parts }, ...messages];
}

const CONTENTS = ["content", "parts", "blocks", "contents"];
const THOUGHTS = ["reasoning_content", "reasoning", "thinking", "reasoning_details"];

function messageOf(value: unknown): Message | undefined {
  if (!isFields(value)) return undefined;
  const inner = wrappedIn(value);
  if (inner) return messageOf(inner);
  const item = itemOf(value);
  if (item) return item;
  const word = textIn(value, "role", "type") ?? stepOf(value);
  const said = [...CONTENTS, "tool_calls"].some((name) => name in value);
  if (word === undefined || !said) return undefined;
  const parts = saidIn(value);
  const role = roleOf(word);
  if (role === "tool") return { role, name: undefined, parts: toolParts(value, parts) };
  return { role: speakerOf(role, parts), name: textIn(value, "name"), parts };
}

/** A step of pydantic-ai calls itself a request or a response. */
const stepOf = ({ kind }: Fields) => (kind === "request" || kind === "response" ? kind : undefined);

/** The message within what is wrapped around it. */
function wrappedIn(value: Fields): Fields | undefined {
  if (isFields(value.message)) return value.message;
  // A candidate of Gemini.
  if (isFields(value.content) && "parts" in value.content) return value.content;
  // LangChain, as it is written out: the class says who speaks.
  if (isFields(value.kwargs) && Array.isArray(value.id)) {
    return { ...value.kwargs, type: String(value.id.at(-1)) };
  }
  if (isFields(value.data) && "content" in value.data) return { ...value.data, type: value.type };
  return undefined;
}

/** An item of a list that has no roles: a thought, a call, what a tool gave back. */
function itemOf(value: Fields): Message | undefined {
  if ("role" in value) return undefined;
  const [only, ...more] = partsOf([value]);
  if (!only || more.length > 0 || only.kind === "text" || only.kind === "other") return undefined;
  return { role: speakerOf("assistant", [only]), name: undefined, parts: [only] };
}

/** Everything that a message says, thoughts first, as models write them. */
function saidIn(value: Fields): Part[] {
  const extra = isFields(value.additional_kwargs) ? value.additional_kwargs : {};
  const thought = [...THOUGHTS.map((name) => value[name]), extra.reasoning_content]
    .map(thoughtIn)
    .find((text) => text !== "");
  const content = CONTENTS.map((name) => value[name]).find((found) => found !== undefined);
  const parts = partsOf(content);
  const known = new Set(parts.map((part) => part.kind === "call" && part.id).filter(Boolean));
  const calls = [value.tool_calls, extra.tool_calls].find(Array.isArray) ?? [];
  const others = calls.filter(isFields).map(called);
  const twice = (part: Part) => part.kind === "call" && part.id !== undefined && known.has(part.id);
  const before = parts.some(({ kind }) => kind === "reasoning") ? undefined : thought;
  return [
    ...(before === undefined ? [] : [{ kind: "reasoning" as const, text: before }]),
    ...parts,
    ...others.filter((part) => !twice(part)),
  ];
}

/** A message of a tool says what the tool gave back, in whatever form. */
function toolParts(value: Fields, parts: Part[]): Part[] {
  if (parts.some(({ kind }) => kind === "result")) return parts;
  return [resultFrom({ ...value, id: undefined }, undefined)];
}

const ROLES: Record<string, string> = {
  human: "user",
  ai: "assistant",
  model: "assistant",
  response: "assistant",
  function: "tool",
  tool_result: "tool",
  ipython: "tool",
};

/** Who speaks, in one word for each; a word that nobody knows stands as it is. */
function roleOf(word: string): string {
  const role = word.toLowerCase().replace(/message(chunk)?$/, "") || word;
  return ROLES[role] ?? role;
}

/** What a tool gave back is nobody's words, whoever hands it on. */
function speakerOf(role: string, parts: Part[]): string {
  const given = parts.length > 0 && parts.every(({ kind }) => kind === "result");
  return given ? "tool" : role;
}

/** Results named after the call that they answer. */
function named(messages: Message[]): Message[] {
  const names = new Map<string, string>();
  return messages.map((message) => ({
    ...message,
    parts: message.parts.map((part) => {
      if (part.kind === "call" && part.id) names.set(part.id, part.name);
      if (part.kind !== "result" || part.name !== undefined) return part;
      return { ...part, name: names.get(part.id ?? "") };
    }),
  }));
}

/** The words that a message says aloud; none where it only thinks, calls or hands on. */
export function wordsOf({ parts }: Message): string | undefined {
  const texts = parts.flatMap((part) => (part.kind === "text" ? [part.text] : []));
  return texts.length > 0 ? texts.join("\n\n") : undefined;
}

const MARKS = /^(#{1,6} |[-*] |\d+\. |>|```)|\*\*[^*\n]+\*\*|`[^`\n]+`|\[[^\]\n]+\]\([^)\n]+\)/m;

/** Whether a text has the marks of Markdown. */
export const looksLikeMarkdown = (text: string): boolean => MARKS.test(text);

/** A payload as text: text as it is, anything else as JSON. */
export function textForm(payload: unknown): string {
  if (typeof payload === "string") return payload;
  return payload === undefined ? "" : JSON.stringify(payload, null, 2);
}
