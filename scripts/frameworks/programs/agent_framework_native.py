"""Microsoft's Agent Framework with its own instrumentation; one agent is a tool of the other."""

import asyncio

from agent_framework import Agent
from agent_framework.observability import enable_instrumentation
from agent_framework.openai import OpenAIChatCompletionClient
from desk import MODEL, QUESTION, weather
from exporting import provider

enable_instrumentation(enable_sensitive_data=True)


async def run() -> None:
    """Runs the desk once."""
    client = OpenAIChatCompletionClient(model=MODEL)
    writer = Agent(client, name="writer", description="Writes.")
    tools = [weather, writer.as_tool(name="call_writer", arg_name="notes")]
    print(await Agent(client, name="desk", tools=tools).run(QUESTION))


asyncio.run(run())
provider.shutdown()
