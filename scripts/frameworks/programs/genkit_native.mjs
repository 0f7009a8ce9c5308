// Genkit with its own instrumentation; one agent calls the other in a tool.

import { openAI } from "@genkit-ai/compat-oai/openai";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { z } from "genkit";
import { genkit } from "genkit/beta";
import { enableTelemetry, flushTracing } from "genkit/tracing";
import { MODEL, QUESTION, weather } from "./desk.mjs";

await enableTelemetry({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });

const ai = genkit({ plugins: [openAI()], model: openAI.model(MODEL) });
const look = ai.defineTool(
  {
    name: "weather",
    description: "Tells the weather of a day in a city.",
    inputSchema: z.object({ city: z.string(), day: z.string() }),
  },
  async (asked) => weather(asked),
);
const writer = ai.defineAgent({ name: "writer", system: "Write it down." });
const callWriter = ai.defineTool(
  {
    name: "call_writer",
    description: "Has the writer write.",
    inputSchema: z.object({ notes: z.string() }),
  },
  async ({ notes }) => (await writer.chat().send(notes)).text,
);
const desk = ai.defineAgent({ name: "desk", system: "Look things up.", tools: [look, callWriter] });
console.log((await desk.chat().send(QUESTION)).text);
await flushTracing();
