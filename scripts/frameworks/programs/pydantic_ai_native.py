"""Pydantic AI with its own instrumentation."""

from exporting import provider
from pydantic_ai import Agent, InstrumentationSettings
from pydantic_ai_agents import run

Agent.instrument_all(InstrumentationSettings(tracer_provider=provider))
run()
provider.shutdown()
