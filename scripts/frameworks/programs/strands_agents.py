"""Two agents of Strands; one is a tool of the other."""

from desk import MODEL, QUESTION
from desk import weather as told
from strands import Agent, tool
from strands.models.openai import OpenAIModel


@tool
def weather(city: str, day: str) -> str:
    """Tells the weather of a day in a city."""
    return told(city, day)


def run() -> None:
    """Runs the desk once."""
    model = OpenAIModel(model_id=MODEL)
    writer = Agent(model=model, name="writer", callback_handler=None)

    @tool
    async def call_writer(notes: str) -> str:
        """Has the writer write."""
        return str(await writer.invoke_async(notes))

    desk = Agent(model=model, name="desk", tools=[weather, call_writer], callback_handler=None)
    print(desk(QUESTION))
