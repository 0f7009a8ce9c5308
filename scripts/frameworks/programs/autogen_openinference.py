"""A swarm of AutoGen, which hands over with a tool of its own."""

import asyncio

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import TextMentionTermination
from autogen_agentchat.teams import Swarm
from autogen_ext.models.openai import OpenAIChatCompletionClient
from desk import MODEL, QUESTION, weather
from exporting import provider
from openinference.instrumentation.autogen_agentchat import AutogenAgentChatInstrumentor
from openinference.instrumentation.openai import OpenAIInstrumentor

AutogenAgentChatInstrumentor().instrument(tracer_provider=provider)
OpenAIInstrumentor().instrument(tracer_provider=provider)


async def run() -> None:
    """Runs the swarm until the writer has said what ends it."""
    client = OpenAIChatCompletionClient(model=MODEL)
    desk = AssistantAgent(
        "desk", client, tools=[weather], handoffs=["writer"], max_tool_iterations=4
    )
    writer = AssistantAgent("writer", client)
    team = Swarm([desk, writer], termination_condition=TextMentionTermination("jacket"))
    print((await team.run(task=QUESTION)).messages[-1])
    await client.close()


asyncio.run(run())
provider.shutdown()
