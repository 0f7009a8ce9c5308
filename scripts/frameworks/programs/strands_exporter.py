"""Strands with its own instrumentation and its own exporter."""

from strands.telemetry import StrandsTelemetry
from strands_agents import run

StrandsTelemetry().setup_otlp_exporter()
run()
