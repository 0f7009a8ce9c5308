"""Two agents of LlamaIndex in a workflow; the first hands over with a tool of the framework."""

from desk import BASE_URL, KEY, MODEL, QUESTION, weather
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent
from llama_index.llms.openai_like import OpenAILike


async def run() -> None:
    """Runs the workflow once."""
    model = OpenAILike(
        model=MODEL,
        api_base=BASE_URL,
        api_key=KEY,
        is_chat_model=True,
        is_function_calling_model=True,
    )
    desk = FunctionAgent(
        name="desk",
        description="Looks things up.",
        tools=[weather],
        llm=model,
        can_handoff_to=["writer"],
    )
    writer = FunctionAgent(name="writer", description="Writes.", llm=model)
    flow = AgentWorkflow(agents=[desk, writer], root_agent="desk")
    print(await flow.run(user_msg=QUESTION))
