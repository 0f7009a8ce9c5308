"""Two agents of Pydantic AI; one calls the other in a tool."""

from desk import MODEL, QUESTION
from desk import weather as told
from pydantic_ai import Agent, ModelRetry
from pydantic_ai.models.openai import OpenAIChatModel


def run() -> None:
    """Runs the desk once."""
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
