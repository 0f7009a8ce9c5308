"""Chat completions as OpenAI's API gives them."""

from __future__ import annotations

import json
from typing import Any

from .story import Step, Usage


def whole(model: str, place: int, step: Step, used: Usage) -> dict[str, Any]:
    """An answer in one piece."""
    message: dict[str, Any] = {"role": "assistant", "content": step.get("say")}
    if "say" not in step:
        function = {"name": step["call"], "arguments": json.dumps(step.get("with", {}))}
        message["tool_calls"] = [{"id": f"call_{place}", "type": "function", "function": function}]
    return {
        "id": f"chatcmpl-{place}",
        "object": "chat.completion",
        "created": 1_750_000_000,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": message,
                "logprobs": None,
                "finish_reason": "stop" if "say" in step else "tool_calls",
            }
        ],
        "usage": {
            "prompt_tokens": used.input,
            "completion_tokens": used.output,
            "total_tokens": used.input + used.output,
            "prompt_tokens_details": {"cached_tokens": used.cached},
            "completion_tokens_details": {"reasoning_tokens": used.reasoning},
        },
    }


def streamed(answer: dict[str, Any]) -> bytes:
    """The same as events: the message, its end, the usage."""
    [choice] = answer["choices"]
    delta = dict(choice["message"])
    if calls := delta.get("tool_calls"):
        delta["tool_calls"] = [{"index": place, **call} for place, call in enumerate(calls)]
    around = {**answer, "object": "chat.completion.chunk", "usage": None}
    chunks = [
        {**around, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        {
            **around,
            "choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}],
        },
        {**around, "choices": [], "usage": answer["usage"]},
    ]
    lines = [json.dumps(chunk) for chunk in chunks] + ["[DONE]"]
    return "".join(f"data: {line}\n\n" for line in lines).encode()
