"""One agent with one call of a model, sent by a real exporter: grpc|http ENDPOINT none|openinference|openllmetry.

The model is an endpoint of this process, which answers as OpenAI does. Prints the id of the trace.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        answer = json.dumps({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o-2024-08-06",
            "choices": [{"index": 0, "finish_reason": "stop",
                         "message": {"role": "assistant", "content": "Rome"}}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        }).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def exporter(way, endpoint):
    if way == "grpc":
        from grpc import Compression
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
        return OTLPSpanExporter(endpoint=endpoint, insecure=True, compression=Compression.Gzip)
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    return OTLPSpanExporter(endpoint=endpoint + "/v1/traces", compression=Compression.Gzip)


def instrument(name, provider):
    if name == "openinference":
        from openinference.instrumentation.openai import OpenAIInstrumentor
    elif name == "openllmetry":
        from opentelemetry.instrumentation.openai import OpenAIInstrumentor
    else:
        return
    OpenAIInstrumentor().instrument(tracer_provider=provider)


def main(way, endpoint, instrumentation):
    provider = TracerProvider(resource=Resource.create({"service.name": "travel"}))
    provider.add_span_processor(BatchSpanProcessor(exporter(way, endpoint)))
    trace.set_tracer_provider(provider)
    instrument(instrumentation, provider)
    model = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=model.serve_forever, daemon=True).start()

    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner"}
    tracer = trace.get_tracer("e2e")
    with tracer.start_as_current_span("invoke_agent planner", attributes=agent) as span:
        if instrumentation != "none":
            from openai import OpenAI
            client = OpenAI(api_key="none", base_url=f"http://127.0.0.1:{model.server_port}/v1")
            question = [{"role": "user", "content": "Capital of Italy?"}]
            client.chat.completions.create(model="gpt-4o", messages=question)
        print(format(span.get_span_context().trace_id, "032x"))
    if not provider.force_flush():
        sys.exit("the exporter gave up")


main(*sys.argv[1:])
