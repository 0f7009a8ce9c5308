"""Prints the PrometheusRule with the alerts of `telemetron.rules.yaml`.

With `--write` it goes into its file.
"""

import pathlib
import sys

COMPONENTS = pathlib.Path(__file__).resolve().parents[2] / "k8s/components"
RULES = COMPONENTS / "monitoring/prometheus/telemetron.rules.yaml"
PROMETHEUS_RULE = COMPONENTS / "service-monitors/prometheus-rule.yaml"

HEAD = """\
# Written by scripts/manifests/prometheus_rule.py of the rules in ../monitoring/prometheus.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: telemetron
  namespace: telemetry
  labels:
    app.kubernetes.io/name: telemetron
    app.kubernetes.io/part-of: telemetron
spec:
"""


def render() -> str:
    """The PrometheusRule: the groups of the rule file, two columns further right."""
    lines = RULES.read_text().splitlines()
    groups = lines[lines.index("groups:") :]
    return HEAD + "".join(f"  {line}".rstrip() + "\n" for line in groups)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PROMETHEUS_RULE.write_text(render())
    else:
        sys.stdout.write(render())
