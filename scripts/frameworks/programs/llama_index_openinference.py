"""LlamaIndex with the instrumentation of OpenInference."""

import asyncio

from exporting import provider
from llama_index_agents import run
from openinference.instrumentation.llama_index import LlamaIndexInstrumentor

LlamaIndexInstrumentor().instrument(tracer_provider=provider)
asyncio.run(run())
provider.shutdown()
