"""LangGraph with OpenLLMetry as its own package sets it up."""

from langgraph_agents import run
from traceloop.sdk import Traceloop

Traceloop.init()
run()
