"""Agents of AG2 on a hub of its own, where one hands over to the other; each envelope is a trace."""

import asyncio

from ag2 import Agent
from ag2.config import OpenAIConfig
from ag2.knowledge import MemoryKnowledgeStore
from ag2.middleware import TelemetryMiddleware
from ag2.network import (
    EV_CHANNEL_CLOSED,
    AgentTarget,
    FromSpeaker,
    Handoff,
    Hub,
    HubClient,
    LocalLink,
    Passport,
    Transition,
    TransitionGraph,
)
from desk import MODEL, QUESTION, weather
from exporting import provider


def transfer_to_writer() -> Handoff:
    """Hands the work to the writer."""
    return Handoff(target="writer", reason="it is sunny")


async def run() -> None:
    """Runs the channel until the writer has written."""
    hub = await Hub.open(MemoryKnowledgeStore(), tracer_provider=provider)
    client = HubClient(LocalLink(hub))
    model = OpenAIConfig(MODEL)
    agents = {"desk": [weather, transfer_to_writer], "writer": []}
    for name, tools in agents.items():
        told = [TelemetryMiddleware(agent_name=name)]
        agent = Agent(name, config=model, tools=tools, middleware=told)
        await client.register(agent, Passport(name=name), attach_plugin=False)
    user = await client.register_human(Passport(name="user"))
    desk = await client.get_agent("desk")
    graph = TransitionGraph(
        initial_speaker=user.agent_id,
        transitions=[Transition(FromSpeaker(user.agent_id), AgentTarget(desk.agent_id))],
    )
    channel = await user.open(
        type="workflow", target=["desk", "writer"], knobs={"graph": graph.to_dict()}
    )
    await channel.send(QUESTION)
    await user.wait_for_channel_event(
        channel_id=channel.channel_id,
        predicate=lambda envelope: envelope.event_type == EV_CHANNEL_CLOSED,
        timeout=60,
    )
    await client.shutdown()
    await hub.close()


asyncio.run(run())
provider.shutdown()
