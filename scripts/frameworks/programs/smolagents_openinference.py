"""Agents of smolagents; one manages the other, and answers are given with a tool."""

from desk import BASE_URL, KEY, MODEL, QUESTION
from desk import weather as told
from exporting import provider
from openinference.instrumentation.smolagents import SmolagentsInstrumentor
from smolagents import OpenAIModel, ToolCallingAgent, tool

SmolagentsInstrumentor().instrument(tracer_provider=provider)


@tool
def weather(city: str, day: str) -> str:
    """Tells the weather of a day in a city.

    Args:
        city: The city.
        day: The day.
    """
    return told(city, day)


model = OpenAIModel(model_id=MODEL, api_base=BASE_URL, api_key=KEY)
writer = ToolCallingAgent(tools=[], model=model, name="writer", description="Writes.")
desk = ToolCallingAgent(tools=[weather], model=model, managed_agents=[writer], name="desk")
print(desk.run(QUESTION))
provider.shutdown()
