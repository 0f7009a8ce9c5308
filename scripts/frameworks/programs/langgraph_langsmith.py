"""LangGraph with LangSmith's package, which its variables make send OTLP."""

from langgraph_agents import run

run()
