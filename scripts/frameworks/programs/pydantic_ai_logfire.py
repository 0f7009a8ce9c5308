"""Pydantic AI with Logfire's package, which sends to nobody but whom the variables name."""

import logfire
from pydantic_ai_agents import run

logfire.configure(send_to_logfire=False)
logfire.instrument_pydantic_ai()
run()
