"""Agents of Haystack; one is a tool of the other."""

from typing import Annotated

from desk import MODEL, QUESTION
from desk import weather as told
from exporting import provider
from haystack.components.agents import Agent
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.tools import tool
from openinference.instrumentation.haystack import HaystackInstrumentor

HaystackInstrumentor().instrument(tracer_provider=provider)

writer = Agent(chat_generator=OpenAIChatGenerator(model=MODEL), system_prompt="Write it down.")


@tool
def weather(city: Annotated[str, "The city"], day: Annotated[str, "The day"]) -> str:
    """Tells the weather of a day in a city."""
    return told(city, day)


@tool
def call_writer(notes: Annotated[str, "What to write on"]) -> str:
    """Has the writer write."""
    return writer.run(messages=[ChatMessage.from_user(notes)])["messages"][-1].text


desk = Agent(chat_generator=OpenAIChatGenerator(model=MODEL), tools=[weather, call_writer])
print(desk.run(messages=[ChatMessage.from_user(QUESTION)])["messages"][-1].text)
provider.shutdown()
