// Mastra with its own exporter; one agent is among the agents of the other.

import { openai } from "@ai-sdk/openai";
import { Agent } from "@mastra/core/agent";
import { Mastra } from "@mastra/core/mastra";
import { createTool } from "@mastra/core/tools";
import { Observability } from "@mastra/observability";
import { OtelExporter } from "@mastra/otel-exporter";
import { z } from "zod";
import { MODEL, QUESTION, weather } from "./desk.mjs";

const writer = new Agent({
  id: "writer",
  name: "writer",
  description: "Writes things down.",
  instructions: "Write it down.",
  model: openai.chat(MODEL),
});
const desk = new Agent({
  id: "desk",
  name: "desk",
  instructions: "Look things up.",
  model: openai.chat(MODEL),
  agents: { writer },
  tools: {
    weather: createTool({
      id: "weather",
      description: "Tells the weather of a day in a city.",
      inputSchema: z.object({ city: z.string(), day: z.string() }),
      execute: async (asked) => weather(asked),
    }),
  },
});

const endpoint = `${process.env.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces`;
const mastra = new Mastra({
  agents: { desk, writer },
  observability: new Observability({
    configs: {
      otel: {
        serviceName: "travel",
        exporters: [
          new OtelExporter({ provider: { custom: { endpoint, protocol: "http/protobuf" } } }),
        ],
      },
    },
  }),
});
console.log((await mastra.getAgent("desk").generate(QUESTION)).text);
await mastra.observability.shutdown();
