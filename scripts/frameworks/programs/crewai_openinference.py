"""A crew of CrewAI, one of whom delegates to the other with a tool of its own."""

from crewai import LLM, Agent, Crew, Task
from crewai.tools import tool
from desk import BASE_URL, KEY, MODEL, QUESTION
from desk import weather as told
from exporting import provider
from openinference.instrumentation.crewai import CrewAIInstrumentor
from openinference.instrumentation.openai import OpenAIInstrumentor

CrewAIInstrumentor().instrument(tracer_provider=provider)
OpenAIInstrumentor().instrument(tracer_provider=provider)


@tool("weather")
def weather(city: str, day: str) -> str:
    """Tells the weather of a day in a city."""
    return told(city, day)


model = LLM(model=f"openai/{MODEL}", base_url=BASE_URL, api_key=KEY)
desk = Agent(
    role="desk",
    goal="Look things up.",
    backstory="You know the weather.",
    llm=model,
    tools=[weather],
    allow_delegation=True,
)
writer = Agent(role="writer", goal="Write.", backstory="You write.", llm=model)
task = Task(description=QUESTION, expected_output="A list.", agent=desk)
print(Crew(agents=[desk, writer], tasks=[task]).kickoff())
provider.shutdown()
