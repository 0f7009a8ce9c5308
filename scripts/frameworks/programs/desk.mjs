// What every program shares: where its spans go, its question, and the tool of the desk.

import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

// The addresses of the recorder and of the model stand in the variables that the exporter and the
// clients of OpenAI read.
export const QUESTION = process.env.QUESTION;
export const MODEL = "gpt-4o";

export const provider = new NodeTracerProvider({
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
provider.register();

export function weather({ city, day }) {
  if (city === "Atlantis") {
    throw new Error(`no station in ${city}`);
  }
  return `${city} ${day}: sunny, 24 degrees`;
}
