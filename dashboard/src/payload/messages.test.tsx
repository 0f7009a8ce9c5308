import { render, screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { askedIn, gotIn } from "../pages/trace/conversation/ends";
import { Chat } from "./Chat";
import { type Part, messagesIn, wordsOf } from "./recognise";

const THOUGHT = "The user wants the weather.";
const ANSWER = "It is sunny.";

/** Who speaks and what the parts are, in short. */
const shape = (payload: unknown) =>
  messagesIn(payload)?.map(({ role, parts }) => [role, ...parts.map(short)].join(" | "));

function short(part: Part): string {
  switch (part.kind) {
    case "text":
    case "reasoning":
      return `${part.kind} ${part.text}`;
    case "call":
      return `call ${part.name} ${JSON.stringify(part.arguments)}`;
    case "result":
      return `result ${part.name ?? "?"} ${JSON.stringify(part.value)}${part.failed ? " failed" : ""}`;
    case "other":
      return `other ${JSON.stringify(part.value)}`;
  }
}

const assistant = (fields: object) => [{ role: "assistant", ...fields }];
const THINKS_AND_ANSWERS = [`assistant | reasoning ${THOUGHT} | text ${ANSWER}`];

describe("reasoning is no part of an answer", () => {
  it.each([
    [
      "Anthropic",
      assistant({
        content: [
          { type: "thinking", thinking: THOUGHT, signature: "Eu…" },
          { type: "text", text: ANSWER },
        ],
      }),
    ],
    ["DeepSeek, vLLM", assistant({ content: ANSWER, reasoning_content: THOUGHT })],
    ["Ollama", { message: { role: "assistant", content: ANSWER, thinking: THOUGHT } }],
    [
      "OpenRouter",
      assistant({
        content: ANSWER,
        reasoning: THOUGHT,
        reasoning_details: [{ type: "reasoning.text", text: THOUGHT }],
      }),
    ],
    [
      "a text with its thoughts",
      assistant({ content: `<think>\n${THOUGHT}\n</think>\n${ANSWER}` }),
    ],
    [
      "the conventions of OpenTelemetry",
      assistant({
        parts: [
          { type: "reasoning", content: THOUGHT },
          { type: "text", content: ANSWER },
        ],
      }),
    ],
    [
      "the AI SDK",
      assistant({
        content: [
          { type: "reasoning", text: THOUGHT },
          { type: "text", text: ANSWER },
        ],
      }),
    ],
    [
      "Gemini",
      {
        candidates: [
          {
            content: { role: "model", parts: [{ text: THOUGHT, thought: true }, { text: ANSWER }] },
          },
        ],
      },
    ],
    [
      "Bedrock",
      {
        output: {
          message: {
            role: "assistant",
            content: [{ reasoningContent: { reasoningText: { text: THOUGHT } } }, { text: ANSWER }],
          },
        },
      },
    ],
    [
      "LlamaIndex",
      assistant({
        blocks: [
          { block_type: "thinking", content: THOUGHT },
          { block_type: "text", text: ANSWER },
        ],
      }),
    ],
    [
      "LangChain, written out",
      {
        lc: 1,
        type: "constructor",
        id: ["langchain", "schema", "messages", "AIMessage"],
        kwargs: { content: ANSWER, additional_kwargs: { reasoning_content: THOUGHT } },
      },
    ],
    [
      "OpenInference",
      [
        {
          message: {
            role: "assistant",
            contents: [
              { message_content: { type: "reasoning", text: THOUGHT } },
              { message_content: { type: "text", text: ANSWER } },
            ],
          },
        },
      ],
    ],
    [
      "a content without its message",
      [
        { type: "thinking", thinking: THOUGHT },
        { type: "text", text: ANSWER },
      ],
    ],
    [
      "a text that holds the message",
      JSON.stringify(assistant({ content: ANSWER, reasoning_content: THOUGHT })),
    ],
  ])("of %s", (_, payload) => {
    expect(shape(payload)).toEqual(THINKS_AND_ANSWERS);
    expect(messagesIn(payload)?.map(wordsOf)).toEqual([ANSWER]);
  });

  it("of the Responses of OpenAI, item after item", () => {
    const output = [
      { type: "reasoning", summary: [{ type: "summary_text", text: THOUGHT }] },
      { type: "function_call", call_id: "c1", name: "weather", arguments: '{"city":"Oslo"}' },
      { type: "function_call_output", call_id: "c1", output: "sunny" },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: ANSWER }] },
    ];
    expect(shape({ output })).toEqual([
      `assistant | reasoning ${THOUGHT}`,
      `assistant | call weather "{\\"city\\":\\"Oslo\\"}"`,
      `tool | result weather "sunny"`,
      `assistant | text ${ANSWER}`,
    ]);
  });

  it("also where its words are kept back, or where it never ends", () => {
    const sealed = assistant({ content: [{ type: "redacted_thinking", data: "Eu…" }] });
    expect(shape(sealed)).toEqual(["assistant | reasoning "]);
    expect(shape(assistant({ content: "<think>endless" }))).toEqual([
      "assistant | reasoning endless",
    ]);
  });
});

describe("what a tool gave back is nobody's words", () => {
  const call = { type: "tool_use", id: "c1", name: "weather", input: { city: "Oslo" } };
  const GIVEN = 'tool | result weather "sunny"';

  it.each([
    [
      "Anthropic",
      [
        { role: "assistant", content: [call] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: "sunny" }] },
      ],
    ],
    [
      "Anthropic, in parts",
      [
        { role: "assistant", content: [call] },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "c1",
              content: [{ type: "text", text: "sunny" }],
            },
          ],
        },
      ],
    ],
    [
      "OpenAI",
      [
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c1", function: { name: "weather", arguments: { city: "Oslo" } } }],
        },
        { role: "tool", tool_call_id: "c1", content: "sunny" },
      ],
    ],
    [
      "OpenTelemetry",
      [
        {
          role: "assistant",
          parts: [{ type: "tool_call", id: "c1", name: "weather", arguments: { city: "Oslo" } }],
        },
        { role: "user", parts: [{ type: "tool_call_response", id: "c1", response: "sunny" }] },
      ],
    ],
    [
      "the AI SDK",
      [
        {
          role: "assistant",
          content: [
            { type: "tool-call", toolCallId: "c1", toolName: "weather", input: { city: "Oslo" } },
          ],
        },
        {
          role: "tool",
          content: [
            {
              type: "tool-result",
              toolCallId: "c1",
              toolName: "weather",
              output: { type: "text", value: "sunny" },
            },
          ],
        },
      ],
    ],
    [
      "Bedrock",
      [
        {
          role: "assistant",
          content: [{ toolUse: { toolUseId: "c1", name: "weather", input: { city: "Oslo" } } }],
        },
        {
          role: "user",
          content: [{ toolResult: { toolUseId: "c1", content: [{ text: "sunny" }] } }],
        },
      ],
    ],
    [
      "LangChain",
      [
        {
          type: "ai",
          content: "",
          tool_calls: [{ id: "c1", name: "weather", args: { city: "Oslo" } }],
        },
        { type: "tool", content: "sunny", tool_call_id: "c1", status: "success" },
      ],
    ],
  ])("of %s", (_, payload) => {
    expect(shape(payload)).toEqual(['assistant | call weather {"city":"Oslo"}', GIVEN]);
  });

  it("says so when the tool failed, and stands apart from words of the same message", () => {
    const content = [
      { type: "tool_result", tool_use_id: "x", content: "no route", is_error: true },
      { type: "text", text: "Try again" },
    ];
    expect(shape([{ role: "user", content }])).toEqual([
      'user | result ? "no route" failed | text Try again',
    ]);
  });

  it("of a tool's message that is written out by LangChain", () => {
    const output = {
      lc: 1,
      type: "constructor",
      id: ["langchain_core", "messages", "ToolMessage"],
      kwargs: { content: "sunny", name: "get_weather", tool_call_id: "c1", status: "success" },
    };
    expect(shape(output)).toEqual(['tool | result get_weather "sunny"']);
    expect(shape(JSON.stringify(output))).toEqual(['tool | result get_weather "sunny"']);
  });
});

describe("the ends of a conversation", () => {
  const conversation = [
    { role: "user", content: "What is the weather?" },
    { role: "assistant", content: [{ type: "tool_use", id: "c1", name: "weather", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: "sunny" }] },
  ];

  it("begin with the user's own words, whatever was handed on in the user's name", () => {
    const { title, message } = askedIn(conversation);
    expect([title, message && wordsOf(message)]).toEqual([
      "The user asked",
      "What is the weather?",
    ]);
    expect(askedIn(conversation.slice(2)).title).toBe("It was given");
    expect(askedIn("plain words").title).toBe("The user asked");
  });

  it("end with what is said, and with nothing else under that name", () => {
    expect(gotIn(conversation).title).toBe("It ended with what a tool gave back");
    expect(gotIn(conversation.slice(0, 2)).title).toBe("It ended with a call of a tool");
    expect(gotIn(assistant({ content: "", reasoning: THOUGHT })).title).toBe(
      "It ended without an answer",
    );
    expect(gotIn(assistant({ content: ANSWER, reasoning: THOUGHT })).title).toBe("The user got");
  });
});

describe("a conversation on the page", () => {
  it("folds what was thought beside the answer, and names the tool that gave something back", () => {
    const messages = messagesIn([
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: THOUGHT },
          { type: "text", text: ANSWER },
          { type: "tool_use", id: "c1", name: "weather", input: { city: "Oslo" } },
        ],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: "12 °C" }] },
    ]);
    render(<Chat messages={messages ?? []} />);
    const [said, given] = screen.getAllByRole("listitem");
    if (!said || !given) throw new Error("both messages are shown");
    const thought = within(said).getByText(THOUGHT).closest("details");
    expect(thought?.open).toBe(false);
    expect(within(said).getByText(ANSWER).closest("details")).toBeNull();
    expect(given.dataset.role).toBe("tool");
    expect(given.textContent).toContain("result of weather");
    expect(within(given).queryByText("user")).toBeNull();
  });
});
