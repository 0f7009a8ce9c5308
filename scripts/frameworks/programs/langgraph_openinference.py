"""LangGraph with the instrumentation of OpenInference."""

from exporting import provider
from langgraph_agents import run
from openinference.instrumentation.langchain import LangChainInstrumentor

LangChainInstrumentor().instrument(tracer_provider=provider)
run()
provider.shutdown()
