// Two agents of LangChain in a graph of LangGraph; the first hands over with a command.

import { LangChainInstrumentation } from "@arizeai/openinference-instrumentation-langchain";
import * as callbacks from "@langchain/core/callbacks/manager";
import { ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { Command, END, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { ChatOpenAI } from "@langchain/openai";
import { createAgent, createMiddleware } from "langchain";
import { z } from "zod";
import { MODEL, QUESTION, weather } from "./desk.mjs";
import { provider } from "./exporting.mjs";

const instrumentation = new LangChainInstrumentation({ tracerProvider: provider });
instrumentation.manuallyInstrument(callbacks);

const lookup = tool(weather, {
  name: "weather",
  description: "Tells the weather of a day in a city.",
  schema: z.object({ city: z.string(), day: z.string() }),
});
const handOver = tool(
  (_, { toolCall }) =>
    new Command({
      goto: "writer",
      graph: Command.PARENT,
      update: { messages: [new ToolMessage({ content: "handed over", tool_call_id: toolCall.id })] },
    }),
  { name: "transfer_to_writer", description: "Hands over.", schema: z.object({}) },
);
const tellFailures = createMiddleware({
  name: "tell_failures",
  wrapToolCall: async (request, handler) => {
    try {
      return await handler(request);
    } catch (error) {
      if (!String(error.message).startsWith("no station")) {
        throw error;
      }
      return new ToolMessage({
        content: error.message,
        tool_call_id: request.toolCall.id,
        status: "error",
      });
    }
  },
});

const model = new ChatOpenAI({ model: MODEL });
const desk = createAgent({
  name: "desk",
  model,
  tools: [lookup, handOver],
  middleware: [tellFailures],
});
const writer = createAgent({ name: "writer", model, tools: [] });
const graph = new StateGraph(MessagesAnnotation)
  .addNode("desk", desk.graph, { ends: ["writer"] })
  .addNode("writer", writer.graph)
  .addEdge(START, "desk")
  .addEdge("writer", END)
  .compile({ name: "travel" });
const answer = await graph.invoke({ messages: [{ role: "user", content: QUESTION }] });
console.log(answer.messages.at(-1).content);
await provider.shutdown();
