"""Responses as OpenAI's API gives them."""

from __future__ import annotations

import json
from typing import Any

from .story import Step, Usage


def whole(model: str, place: int, step: Step, used: Usage) -> dict[str, Any]:
    """An answer in one piece."""
    return {
        "id": f"resp_{place}",
        "object": "response",
        "created_at": 1_750_000_000,
        "status": "completed",
        "model": model,
        "output": [_item(place, step)],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "temperature": 1.0,
        "top_p": 1.0,
        "usage": {
            "input_tokens": used.input,
            "input_tokens_details": {"cached_tokens": used.cached},
            "output_tokens": used.output,
            "output_tokens_details": {"reasoning_tokens": used.reasoning},
            "total_tokens": used.input + used.output,
        },
    }


def _item(place: int, step: Step) -> dict[str, Any]:
    if "say" in step:
        return {
            "type": "message",
            "id": f"msg_{place}",
            "status": "completed",
            "role": "assistant",
            "content": [{"type": "output_text", "text": step["say"], "annotations": []}],
        }
    return {
        "type": "function_call",
        "id": f"fc_{place}",
        "call_id": f"call_{place}",
        "name": step["call"],
        "arguments": json.dumps(step.get("with", {})),
        "status": "completed",
    }


def streamed(answer: dict[str, Any]) -> bytes:
    """The same as events: that it began, its item, that it is complete."""
    [item] = answer["output"]
    begun = {**answer, "status": "in_progress", "output": [], "usage": None}
    events = [
        {"type": "response.created", "response": begun},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": answer},
    ]
    numbered = [{**event, "sequence_number": place} for place, event in enumerate(events)]
    lines = (f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in numbered)
    return "".join(lines).encode()
