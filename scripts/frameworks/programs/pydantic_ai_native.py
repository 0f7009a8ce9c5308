"""Pydantic AI with its own instrumentation; one agent calls another in a tool."""

from desk import MODEL, QUESTION, provider
from desk import weather as told
from pydantic_ai import Agent, InstrumentationSettings, ModelRetry
from pydantic_ai.models.openai import OpenAIChatModel

Agent.instrument_all(InstrumentationSettings(tracer_provider=provider))

model = OpenAIChatModel(MODEL)
writer = Agent(model, name="writer")
desk = Agent(model, name="desk")


@desk.tool_plain(retries=2)
def weather(city: str, day: str) -> str:
    """Tells the weather of a day in a city."""
    try:
        return told(city, day)
    except RuntimeError as error:
        raise ModelRetry(str(error)) from error


@desk.tool_plain
async def call_writer(notes: str) -> str:
    """Has the writer write."""
    return (await writer.run(notes)).output


print(desk.run_sync(QUESTION).output)
provider.shutdown()
