"""What every program shares: where its spans go, its question, and the tool of the desk."""

from __future__ import annotations

import os

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

# The addresses of the recorder and of the model stand in the variables that the exporter and the
# clients of OpenAI read.
QUESTION = os.environ["QUESTION"]
MODEL = "gpt-4o"
BASE_URL = os.environ["OPENAI_BASE_URL"]
KEY = os.environ["OPENAI_API_KEY"]

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)


def weather(city: str, day: str) -> str:
    """Tells the weather of a day in a city."""
    if city == "Atlantis":
        raise RuntimeError(f"no station in {city}")
    return f"{city} {day}: sunny, 24 degrees"
