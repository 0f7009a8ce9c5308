"""OpenAI Agents with the instrumentation of OpenInference, as Phoenix's package sets it up."""

import os

from openai_agents_run import run
from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor
from phoenix.otel import register

provider = register(endpoint=os.environ["PHOENIX_COLLECTOR_ENDPOINT"])
OpenAIAgentsInstrumentor().instrument(tracer_provider=provider)
run()
