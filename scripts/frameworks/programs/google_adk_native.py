"""Agents of Google's ADK with its own instrumentation, which hand over with a tool of its own."""

import asyncio

from desk import MODEL, QUESTION, weather
from exporting import provider
from google.adk.agents import Agent
from google.adk.models.lite_llm import LiteLlm
from google.adk.runners import InMemoryRunner

model = LiteLlm(model=f"openai/{MODEL}")
writer = Agent(name="writer", model=model, description="Writes.")
desk = Agent(name="desk", model=model, tools=[weather], sub_agents=[writer])


async def run() -> None:
    """Runs the desk until nobody says more."""
    for event in await InMemoryRunner(agent=desk).run_debug(QUESTION, quiet=True):
        print(event.content)


asyncio.run(run())
provider.shutdown()
