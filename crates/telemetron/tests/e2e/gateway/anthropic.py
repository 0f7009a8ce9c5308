"""A Messages API on loopback that plays scripts, so that a real Claude Code can be run without a model.

What a request gets follows from what it holds: the word after `PLAY:` in its conversation names the
play, the number of answers in it so far names the step. A play that fails at first remembers how
often it has. It prints its port.
"""

import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SPENT = {"input_tokens": 100, "cache_read_input_tokens": 20, "cache_creation_input_tokens": 10}
ANSWERED = 7


def say(text):
    return [{"type": "text", "text": text}]


def call(tool, **arguments):
    return {"type": "tool_use", "name": tool, "input": arguments}


def spawn(agent, play, **more):
    words = {"description": f"{agent} looks", "prompt": f"PLAY:{play} look around"}
    return call("Agent", subagent_type=agent, **words, **more)


PLAYS = {
    "plain": [say("Four.")],
    "tools": [
        say("I look.") + [call("Bash", command="echo out; exit 0", description="Says out")],
        [call("Read", file_path="/does/not/exist")],
        say("Looked."),
    ],
    "delegate": [
        say("I ask somebody.") + [spawn("Explore", "scout")],
        say("The scout has looked."),
    ],
    "parallel": [
        [spawn("Explore", "scout"), spawn("general-purpose", "scout")],
        say("Both have looked."),
    ],
    "waits": [
        [spawn("reviewer", "scout", run_in_background=False), spawn("reviewer", "broken", run_in_background=False)],
        say("Reviewed."),
    ],
    "nested": [[spawn("general-purpose", "delegates", run_in_background=False)], say("Done.")],
    "delegates": [[spawn("general-purpose", "scout", run_in_background=False)], say("Delegated.")],
    "broken": [[call("Bash", command="exit 3", description="Fails")], say("It failed.")],
    "scout": [
        [call("Bash", command="echo found", description="Finds")],
        say("Found."),
    ],
    "overloaded": [say("At last.")],
    "refused": [say("never")],
}

# How often a play is refused before it answers, and with what.
REFUSALS = {"overloaded": (2, 529, "overloaded_error"), "refused": (10_000, 400, "invalid_request_error")}


def texts(message):
    content = message["content"]
    if isinstance(content, str):
        return content
    return " ".join(block.get("text", "") for block in content)


def scene(request):
    """The play and its step; a request without a play (a title, a check) is answered with a word."""
    messages = request["messages"]
    named = [found for message in messages for found in re.findall(r"PLAY:(\w+)", texts(message))]
    step = sum(message["role"] == "assistant" for message in messages)
    return (named[-1] if named else None), step


def blocks(request, number):
    play, step = scene(request)
    if play is None:
        return say("Yes.")
    steps = PLAYS[play]
    offered = [tool["name"] for tool in request.get("tools", [])]
    made = []
    for place, block in enumerate(steps[min(step, len(steps) - 1)]):
        if block["type"] == "tool_use":
            name = block["name"]
            if name == "Agent" and name not in offered:
                name = "Task"
            block = {**block, "name": name, "id": f"toolu_{number:08d}{place:02d}"}
        made.append(block)
    return made


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    requests = 0
    refused = {}

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer(200, {})

    do_GET = do_HEAD

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        request = json.loads(body or b"{}")
        with Api.lock:
            Api.requests += 1
            number = Api.requests
        if "count_tokens" in self.path:
            return self.answer(200, {"input_tokens": 100})
        if "messages" not in request:
            return self.answer(200, {})
        refusal = self.refusal(request)
        if refusal:
            return self.answer(refusal[0], {"type": "error", "error": {"type": refusal[1], "message": "not now"}})
        content = blocks(request, number)
        message = self.message(request, content, number)
        if not request.get("stream"):
            return self.answer(200, {**message, "content": content})
        self.stream(message, content)

    def refusal(self, request):
        play, _ = scene(request)
        times, status, kind = REFUSALS.get(play, (0, 0, ""))
        with Api.lock:
            Api.refused[play] = Api.refused.get(play, 0) + 1
            return (status, kind) if Api.refused[play] <= times else None

    def message(self, request, content, number):
        calls = any(block["type"] == "tool_use" for block in content)
        return {"id": f"msg_{number:08d}", "type": "message", "role": "assistant", "model": request["model"],
                "content": [], "stop_reason": "tool_use" if calls else "end_turn", "stop_sequence": None,
                "usage": {**SPENT, "output_tokens": ANSWERED}}

    def stream(self, message, content):
        events = [("message_start", {"message": {**message, "stop_reason": None, "usage": {**SPENT, "output_tokens": 1}}})]
        for index, block in enumerate(content):
            if block["type"] == "text":
                begun, delta = {**block, "text": ""}, {"type": "text_delta", "text": block["text"]}
            else:
                begun = {**block, "input": {}}
                delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
            events += [("content_block_start", {"index": index, "content_block": begun}),
                       ("content_block_delta", {"index": index, "delta": delta}),
                       ("content_block_stop", {"index": index})]
        ended = {"delta": {"stop_reason": message["stop_reason"], "stop_sequence": None},
                 "usage": {"output_tokens": ANSWERED}}
        events += [("message_delta", ended), ("message_stop", {})]
        body = "".join(f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n" for name, data in events)
        self.send(200, "text/event-stream", body.encode())

    def answer(self, status, body):
        self.send(status, "application/json", json.dumps(body).encode())

    def send(self, status, kind, body):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("request-id", f"req_{Api.requests:024d}")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Api)
print(server.server_address[1], flush=True)
server.serve_forever()
