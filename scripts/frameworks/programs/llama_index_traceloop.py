"""LlamaIndex with the instrumentation of OpenLLMetry."""

import asyncio

from exporting import provider
from llama_index_agents import run
from opentelemetry.instrumentation.llamaindex import LlamaIndexInstrumentor

LlamaIndexInstrumentor().instrument(tracer_provider=provider)
asyncio.run(run())
provider.shutdown()
