"""Two of OpenAI's Agents, who hand over with a tool of their own; through the responses API."""

from agents import Agent, Runner, function_tool
from desk import MODEL, QUESTION, weather


def run() -> None:
    """Runs the desk once."""
    writer = Agent(name="writer", instructions="Write it down.", model=MODEL)
    desk = Agent(
        name="desk",
        instructions="Look things up.",
        model=MODEL,
        tools=[function_tool(weather)],
        handoffs=[writer],
    )
    print(Runner.run_sync(desk, QUESTION).final_output)
