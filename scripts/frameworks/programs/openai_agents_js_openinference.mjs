// OpenAI Agents, which hand over with a tool of their own; through the responses API.

import { OpenAIAgentsInstrumentation } from "@arizeai/openinference-instrumentation-openai-agents";
import * as agents from "@openai/agents";
import { z } from "zod";
import { MODEL, QUESTION, weather } from "./desk.mjs";
import { provider } from "./exporting.mjs";

const instrumentation = new OpenAIAgentsInstrumentation({ tracerProvider: provider });
instrumentation.manuallyInstrument(agents);

const { Agent, run, tool } = agents;
const writer = new Agent({ name: "writer", instructions: "Write it down.", model: MODEL });
const desk = new Agent({
  name: "desk",
  instructions: "Look things up.",
  model: MODEL,
  tools: [
    tool({
      name: "weather",
      description: "Tells the weather of a day in a city.",
      parameters: z.object({ city: z.string(), day: z.string() }),
      execute: weather,
    }),
  ],
  handoffs: [writer],
});
console.log((await run(desk, QUESTION)).finalOutput);
await provider.shutdown();
