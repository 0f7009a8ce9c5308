"""LangGraph with the instrumentation of OpenLLMetry."""

from exporting import provider
from langgraph_agents import run
from opentelemetry.instrumentation.langchain import LangchainInstrumentor

LangchainInstrumentor().instrument(tracer_provider=provider)
run()
provider.shutdown()
