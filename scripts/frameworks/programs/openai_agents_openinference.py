"""OpenAI Agents with the instrumentation of OpenInference."""

from exporting import provider
from openai_agents_run import run
from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor

OpenAIAgentsInstrumentor().instrument(tracer_provider=provider)
run()
provider.shutdown()
