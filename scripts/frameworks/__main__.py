"""Tries frameworks in the newest versions that the registries have.

Installs each into a place of its own, runs its program against a model that answers from the
program's story, records the telemetry, and compares what the platform understands of it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .environment import PROGRAMS, Environment, Unable
from .loopback import serving
from .recorder import Recorder, Recording
from .server import ModelServer, Script
from .story import Story


def main() -> int:
    """Records every program, then compares all that could be recorded."""
    options = _options()
    cases = options.home / "cases"
    shutil.rmtree(cases, ignore_errors=True)
    cases.mkdir(parents=True)
    skipped = []
    for program in _programs(options.only):
        print(f"==> {program.stem}", flush=True)
        try:
            _record(program, cases, options)
        except Unable as reason:
            skipped.append(f"{program.stem}: skipped, {reason}")
            print(f"    {skipped[-1]}", flush=True)
    return _compare(options.comparer, cases, skipped)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="frameworks.sh", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="folder for all that is made")
    parser.add_argument("--comparer", type=Path, required=True, help="the script cases.sh")
    parser.add_argument("--only", default="", help="programs whose names match this expression")
    parser.add_argument(
        "--keep", action="store_true", help="leave environments, and take those that were left"
    )
    return parser.parse_args()


def _programs(only: str) -> list[Path]:
    """The programs: what has a story beside it."""
    stories = sorted(PROGRAMS.glob("*.json"))
    found = [story.with_suffix(end) for story in stories for end in (".py", ".mjs")]
    return [file for file in found if file.exists() and re.search(only, file.stem)]


def _record(program: Path, cases: Path, options: argparse.Namespace) -> None:
    story = Story(program.with_suffix(".json"))
    environment = Environment(options.home, program)
    script, recording = Script(story.steps), Recording(cases, story.name)
    try:
        environment.install(options.keep)
        versions = ", ".join(environment.versions)
        print(f"    {versions}", flush=True)
        with (
            serving(ModelServer, script=script) as model,
            serving(Recorder, recording=recording) as recorder,
        ):
            environment.run(_variables(story, model, recorder))
    finally:
        if not options.keep:
            environment.remove()
    if script.complaint:
        raise Unable(f"the program {script.complaint}")
    if not recording.requests:
        raise Unable("the program sent no telemetry")
    wanted = {"framework": versions}
    wanted |= story.expectation(script.models, recording.requests)
    (cases / f"{story.name}.expect.json").write_text(json.dumps(wanted, indent=1))


def _variables(story: Story, model: str, recorder: str) -> dict[str, str]:
    """What a program must know, and that nobody else is told of the run."""
    known = {
        "QUESTION": story.question,
        "OPENAI_BASE_URL": f"{model}/v1",
        "OPENAI_API_BASE": f"{model}/v1",
        "OPENAI_API_KEY": "none",
        "OTEL_EXPORTER_OTLP_ENDPOINT": recorder,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_SERVICE_NAME": story.name,
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "CREWAI_DISABLE_TELEMETRY": "true",
        "CREWAI_TRACING_ENABLED": "false",
        "AGNO_TELEMETRY": "false",
        "HAYSTACK_TELEMETRY_ENABLED": "False",
        "TRACELOOP_TELEMETRY": "false",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    own = {
        name: value and value.replace("RECORDER", recorder)
        for name, value in story.variables.items()
    }
    return {name: value for name, value in (known | own).items() if value is not None}


def _compare(comparer: Path, cases: Path, skipped: list[str]) -> int:
    """The comparer's table, then what was skipped, then the sums of both."""
    variables = os.environ | {"TELEMETRON_CASES": str(cases)}
    last = ""
    with subprocess.Popen(
        [str(comparer)], env=variables, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout
        for line in running.stdout:
            if last:
                print(last, end="", flush=True)
            last = line
    for reason in skipped:
        print(reason)
    sums = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped", last.strip())
    if not sums:
        print(last, end="")
        return running.returncode or 1
    print(f"{sums[1]} passed, {sums[2]} failed, {int(sums[3]) + len(skipped)} skipped")
    return running.returncode


sys.exit(main())
