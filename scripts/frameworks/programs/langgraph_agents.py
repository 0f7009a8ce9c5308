"""Two agents of LangChain in a graph of LangGraph; the first hands over with a command."""

from typing import Annotated

from desk import KEY, MODEL, QUESTION, weather
from langchain.agents import create_agent
from langchain.agents.middleware import ToolErrorMiddleware
from langchain_core.messages import ToolMessage
from langchain_core.tools import InjectedToolCallId, tool
from langchain_openai import ChatOpenAI
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import InjectedState
from langgraph.types import Command


@tool
def transfer_to_writer(
    state: Annotated[dict, InjectedState], tool_call_id: Annotated[str, InjectedToolCallId]
) -> Command:
    """Hands the work to the writer."""
    told = ToolMessage("handed over", name="transfer_to_writer", tool_call_id=tool_call_id)
    update = {"messages": [*state["messages"], told]}
    return Command(goto="writer", graph=Command.PARENT, update=update)


def run() -> None:
    """Runs the graph once."""
    model = ChatOpenAI(model=MODEL, api_key=KEY)
    told = ToolErrorMiddleware(lambda error, _: str(error))
    desk = create_agent(
        model, tools=[tool(weather), transfer_to_writer], middleware=[told], name="desk"
    )
    writer = create_agent(model, tools=[], name="writer")
    graph = StateGraph(MessagesState)
    graph.add_node("desk", desk, destinations=("writer",))
    graph.add_node("writer", writer)
    graph.add_edge(START, "desk")
    answer = graph.compile(name="travel").invoke({"messages": [("user", QUESTION)]})
    print(answer["messages"][-1].content)
