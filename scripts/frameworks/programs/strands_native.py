"""Strands with its own instrumentation and the SDK of OpenTelemetry."""

from exporting import provider
from strands_agents import run

run()
provider.shutdown()
