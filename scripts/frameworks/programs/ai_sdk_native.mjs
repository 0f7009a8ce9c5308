// The AI SDK with its own instrumentation; one agent calls the other in a tool.

import { OpenTelemetry } from "@ai-sdk/otel";
import { openai } from "@ai-sdk/openai";
import { generateText, isStepCount, registerTelemetry, tool } from "ai";
import { z } from "zod";
import { MODEL, QUESTION, weather } from "./desk.mjs";
import { provider } from "./exporting.mjs";

registerTelemetry(new OpenTelemetry());

async function callWriter({ notes }) {
  const answer = await generateText({
    model: openai.chat(MODEL),
    prompt: notes,
    telemetry: { functionId: "writer" },
  });
  return answer.text;
}

const desk = await generateText({
  model: openai.chat(MODEL),
  prompt: QUESTION,
  telemetry: { functionId: "desk" },
  stopWhen: isStepCount(6),
  tools: {
    weather: tool({ inputSchema: z.object({ city: z.string(), day: z.string() }), execute: weather }),
    call_writer: tool({ inputSchema: z.object({ notes: z.string() }), execute: callWriter }),
  },
});
console.log(desk.text);
await provider.shutdown();
