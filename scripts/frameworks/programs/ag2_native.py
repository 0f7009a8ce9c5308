"""AG2 with its own middleware; one agent is a tool of the other."""

import asyncio

from ag2 import Agent
from ag2.config import OpenAIConfig
from ag2.middleware import TelemetryMiddleware
from desk import MODEL, QUESTION, weather
from exporting import provider

model = OpenAIConfig(MODEL)
writer = Agent("writer", config=model, middleware=[TelemetryMiddleware(agent_name="writer")])
desk = Agent(
    "desk",
    config=model,
    tools=[weather, writer.as_tool(description="Writes things down.")],
    middleware=[TelemetryMiddleware(agent_name="desk")],
)
print(asyncio.run(desk.ask(QUESTION)).body)
provider.shutdown()
