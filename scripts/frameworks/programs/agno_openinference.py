"""A team of Agno, which delegates to its member with a tool of its own."""

from agno.agent import Agent
from agno.models.openai import OpenAIChat
from agno.team import Team
from desk import MODEL, QUESTION, weather
from exporting import provider
from openinference.instrumentation.agno import AgnoInstrumentor

AgnoInstrumentor().instrument(tracer_provider=provider)

writer = Agent(name="writer", role="Writes.", model=OpenAIChat(id=MODEL))
desk = Team(name="desk", members=[writer], model=OpenAIChat(id=MODEL), tools=[weather])
print(desk.run(QUESTION).content)
provider.shutdown()
