"""What every program shares: its question, its model, and the tool of the desk."""

from __future__ import annotations

import os

# The address of the model stands in the variables that the clients of OpenAI read.
QUESTION = os.environ["QUESTION"]
MODEL = "gpt-4o"
BASE_URL = os.environ["OPENAI_BASE_URL"]
KEY = os.environ["OPENAI_API_KEY"]


def weather(city: str, day: str) -> str:
    """Tells the weather of a day in a city."""
    if city == "Atlantis":
        raise RuntimeError(f"no station in {city}")
    return f"{city} {day}: sunny, 24 degrees"
