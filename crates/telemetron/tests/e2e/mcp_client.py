"""Asks one MCP server with the official client and prints what it saw as JSON.

Arguments: `http URL`, or `stdio COMMAND...`; then the mode of the client in `MCP_MODE`.
"""

import asyncio
import json
import os
import sys

from mcp import Client, StdioServerParameters


def text(result):
    return "\n".join(block.text for block in result.content)


async def call(client, tool, arguments=None):
    result = await client.call_tool(tool, arguments or {})
    return {"error": bool(result.is_error), "text": text(result)}


async def main():
    kind, *rest = sys.argv[1:]
    if kind == "http":
        server = rest[0]
    else:
        server = StdioServerParameters(command=rest[0], args=rest[1:])
    async with Client(server, mode=os.environ.get("MCP_MODE", "auto")) as client:
        seen = {
            "protocol": client.protocol_version,
            "instructions": client.instructions,
            "tools": [tool.name for tool in (await client.list_tools()).tools],
            "prompts": [prompt.name for prompt in (await client.list_prompts()).prompts],
            "resources": [str(one.uri) for one in (await client.list_resources()).resources],
        }
        prompt = await client.get_prompt("analyse_last_failed_trace", {})
        seen["prompt"] = prompt.messages[0].content.text
        resource = await client.read_resource("telemetron://traces/last-failed")
        seen["resource"] = resource.contents[0].text
        seen["find"] = await call(client, "find_traces", {"errors_only": True})
        seen["summary"] = await call(client, "trace_summary", {"trace_id": "last-failed"})
        seen["diagnose"] = await call(client, "diagnose")
        seen["issues"] = await call(client, "issues")
        seen["state"] = await call(client, "system_state")
        seen["metrics"] = await call(client, "metrics", {"since": "1h"})
        seen["tail"] = await call(client, "tail", {"wait_s": 1})
        seen["wrong"] = await call(client, "trace_summary", {"trace_id": "xyz"})
        print(json.dumps(seen))


asyncio.run(main())
