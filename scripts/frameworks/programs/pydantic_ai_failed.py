"""An agent of Pydantic AI whose run dies of a tool that fails."""

from desk import MODEL, QUESTION, weather
from exporting import provider
from pydantic_ai import Agent, InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel

Agent.instrument_all(InstrumentationSettings(tracer_provider=provider))

desk = Agent(OpenAIChatModel(MODEL), name="desk", tools=[weather])
try:
    desk.run_sync(QUESTION)
except RuntimeError as error:
    print(error)
provider.shutdown()
