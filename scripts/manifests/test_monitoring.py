"""Alerts and dashboards: they parse, fire when they should, are explained, name what there is."""

# ruff: noqa: D102  the names of the tests are sentences

import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import exposition
import prometheus_rule
import promql

ROOT = pathlib.Path(__file__).resolve().parents[2]
MONITORING = ROOT / "k8s/components/monitoring"
DASHBOARDS = sorted((MONITORING / "grafana/dashboards").glob("*.json"))
CONFIGS = sorted((MONITORING / "prometheus").glob("prometheus.*.yaml"))
ALERT_TESTS = ROOT / "scripts/manifests/alerts.test.yaml"
OPERATIONS = ROOT / "docs/OPERATIONS.md"
GATEWAY = ROOT / "crates/telemetron-gateway/src"
API = ROOT / "crates/telemetron-api/src"

# What Prometheus itself adds to every series.
TARGET = {"job", "instance", "namespace"}

# Metrics of Prometheus itself, with their labels.
OTHERS = {
    "up": set(),
    "ALERTS": {"alertname", "alertstate", "severity"},
}

# Ours that begin with an event which is not brought about here: the labels, and where the source
# names it.
LATER = {
    "telemetron_forward_refused_items_total": (
        {"signal"},
        '"refused_items"',
        GATEWAY / "forward/lag.rs",
    ),
    "telemetron_forward_retries_total": ({"signal"}, '"retries"', GATEWAY / "forward/lag.rs"),
    "telemetron_forward_skipped_items_total": (
        {"signal"},
        '"skipped_items"',
        GATEWAY / "forward/lag.rs",
    ),
}

# The same of values of labels.
OUTCOMES = {"busy", "kafka_unavailable", "too_large", "body_lost", "internal", "bad_request"}
LATER_VALUES = {
    ("telemetron_gateway_requests_total", "outcome"): (OUTCOMES, GATEWAY / "refusal.rs"),
    ("telemetron_api_request_seconds_count", "class"): ({"5xx"}, API / "meters.rs"),
}

# What Grafana puts in place of its variables.
VARIABLES = {"$namespace": "telemetry", "$instance": "one", "$__rate_interval": "5m"}


def promtool(*arguments: str | pathlib.Path) -> None:
    """Runs promtool; what it complains of fails the test."""
    run = subprocess.run(["promtool", *arguments], capture_output=True, text=True)
    if run.returncode:
        raise AssertionError(f"promtool {arguments[0]} {arguments[1]}:\n{run.stdout}{run.stderr}")


@functools.cache
def alerts() -> dict[str, dict]:
    """The alerts by name."""
    groups = yaml.safe_load(prometheus_rule.RULES.read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


@functools.cache
def panels() -> list[tuple[str, dict]]:
    """All panels, each with the name of its dashboard's file."""
    return [
        (path.name, panel)
        for path in DASHBOARDS
        for panel in json.loads(path.read_text())["panels"]
    ]


def substituted(expression: str) -> str:
    """An expression of a dashboard as Prometheus gets it."""
    for variable, value in VARIABLES.items():
        expression = expression.replace(variable, value)
    return expression


def queries() -> list[tuple[str, str, str]]:
    """Every query of every panel: where it stands, the expression, the legend."""
    return [
        (f"{name}: {panel['title']}", substituted(target["expr"]), target["legendFormat"])
        for name, panel in panels()
        for target in panel.get("targets", [])
    ]


def expressions() -> list[tuple[str, str]]:
    """Every expression of alerts and dashboards, and where it stands."""
    rules = [(name, rule["expr"]) for name, rule in alerts().items()]
    return rules + [(where, expression) for where, expression, _ in queries()]


def label_names(text: str) -> set[str]:
    """The labels that a template of an annotation names."""
    return set(re.findall(r"\$labels\.(\w+)", text))


@unittest.skipUnless(shutil.which("promtool"), "promtool is not installed")
class Promtool(unittest.TestCase):
    """What Prometheus says of our files."""

    def test_prometheus_takes_the_configurations(self) -> None:
        for config in CONFIGS:
            with self.subTest(config.name):
                promtool("check", "config", "--syntax-only", config)

    def test_prometheus_takes_the_rules(self) -> None:
        promtool("check", "rules", "--lint-fatal", prometheus_rule.RULES)

    def test_alerts_fire_when_they_should(self) -> None:
        promtool("test", "rules", ALERT_TESTS)

    def test_every_query_of_the_dashboards_parses(self) -> None:
        rules = [
            {"record": f"query_{at}", "expr": expression}
            for at, (_, expression, _) in enumerate(queries())
        ]
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}, file)
            file.flush()
            promtool("check", "rules", "--lint=none", file.name)


class Alerts(unittest.TestCase):
    """Each alert is tested, explained and the same everywhere."""

    def queries(self) -> dict[str, list[dict]]:
        """The queries of each alert's test, by the alert's name."""
        tests = yaml.safe_load(ALERT_TESTS.read_text())["tests"]
        return {test["name"].split(":")[0]: test["promql_expr_test"] for test in tests}

    def test_each_has_a_test_in_which_it_fires_and_one_in_which_it_does_not(self) -> None:
        tests = self.queries()
        self.assertEqual(sorted(tests), sorted(alerts()))
        for name, asked in tests.items():
            with self.subTest(name):
                self.assertTrue(all(f'alertname="{name}"' in query["expr"] for query in asked))
                fires = {bool(query["exp_samples"]) for query in asked}
                self.assertEqual(fires, {True, False})

    def test_the_operators_rule_holds_the_same_list(self) -> None:
        written = prometheus_rule.PROMETHEUS_RULE.read_text()
        self.assertEqual(written, prometheus_rule.render(), "run prometheus_rule.py --write")
        plain = yaml.safe_load(prometheus_rule.RULES.read_text())
        self.assertEqual(yaml.safe_load(written)["spec"], plain)

    def test_each_has_its_row_in_the_operations_manual(self) -> None:
        rows = re.findall(
            r"^\| `(Telemetron\w+)` \|(.*)\|(.*)\|$", OPERATIONS.read_text(), re.MULTILINE
        )
        self.assertEqual([name for name, _, _ in rows], list(alerts()))
        for name, meaning, remedy in rows:
            self.assertTrue(meaning.strip() and remedy.strip(), name)

    def test_each_says_what_is_wrong_with_labels_that_it_has(self) -> None:
        for name, rule in alerts().items():
            with self.subTest(name):
                self.assertIn(rule["labels"]["severity"], {"critical", "warning"})
                self.assertEqual(sorted(rule["annotations"]), ["description", "runbook", "summary"])
                named = label_names(" ".join(rule["annotations"].values()))
                samples = [query["exp_samples"] for query in self.queries()[name]]
                fired = next(found for found in samples if found)[0]["labels"]
                self.assertLessEqual(named, set(re.findall(r"(\w+)=", fired)))


class Dashboards(unittest.TestCase):
    """Each dashboard can be read."""

    def test_each_is_provisioned(self) -> None:
        listed = yaml.safe_load((MONITORING / "grafana/dashboards/kustomization.yaml").read_text())
        files = listed["configMapGenerator"][0]["files"]
        self.assertEqual(sorted(files), [path.name for path in DASHBOARDS])

    def test_every_panel_has_a_title_a_unit_and_a_place_of_its_own(self) -> None:
        for path in DASHBOARDS:
            taken: dict[tuple[int, int], str] = {}
            dashboard = json.loads(path.read_text())
            ids = [panel["id"] for panel in dashboard["panels"]]
            self.assertEqual(len(ids), len(set(ids)))
            self.assertEqual(dashboard["panels"][0]["type"], "row")
            for panel in dashboard["panels"]:
                with self.subTest(f"{path.name}: {panel['title']}"):
                    self.assertTrue(panel["title"])
                    if panel["type"] != "row":
                        self.assertTrue(panel["fieldConfig"]["defaults"]["unit"])
                        self.assertTrue(panel["targets"])
                    place = panel["gridPos"]
                    self.assertLessEqual(place["x"] + place["w"], 24)
                    for x in range(place["x"], place["x"] + place["w"]):
                        for y in range(place["y"], place["y"] + place["h"]):
                            self.assertEqual(
                                taken.setdefault((x, y), panel["title"]), panel["title"]
                            )

    def test_the_data_source_is_chosen_by_the_variable(self) -> None:
        for name, panel in panels():
            for target in panel.get("targets", []):
                with self.subTest(f"{name}: {panel['title']}"):
                    self.assertEqual(
                        target["datasource"], {"type": "prometheus", "uid": "${datasource}"}
                    )

    def test_legends_name_labels_that_are_left(self) -> None:
        for where, expression, legend in queries():
            with self.subTest(where):
                read = promql.read(expression)
                named = set(re.findall(r"{{(\w+)}}", legend))
                if read.groups:
                    self.assertLessEqual(named, read.grouping)


@unittest.skipUnless(
    exposition.available(), "no platform to ask: TELEMETRON_BIN or TELEMETRON_METRICS"
)
class Metrics(unittest.TestCase):
    """What alerts and dashboards ask for is what the running platform tells."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.told = exposition.read()

    def labels_of(self, metric: str) -> set[str] | None:
        """The labels of a metric, those of the target included; none if there is no such metric."""
        if metric in OTHERS:
            return OTHERS[metric] | TARGET
        if metric in LATER:
            return LATER[metric][0] | TARGET
        if metric in self.told.labels:
            return set(self.told.labels[metric]) | TARGET
        return None

    def test_metrics_and_labels_exist(self) -> None:
        for where, expression in expressions():
            with self.subTest(where):
                read = promql.read(expression)
                self.assertTrue(read.selectors)
                known = {
                    selector.metric: self.labels_of(selector.metric) for selector in read.selectors
                }
                self.assertNotIn(None, known.values(), known)
                for selector in read.selectors:
                    matched = {label for label, _, _ in selector.matchers}
                    self.assertLessEqual(matched, known[selector.metric], selector.metric)
                self.assertLessEqual(read.grouping, set().union(*known.values()))

    def test_values_of_labels_exist(self) -> None:
        for where, expression in expressions():
            for selector in promql.read(expression).selectors:
                for label, _, pattern in selector.matchers:
                    if label in TARGET or selector.metric in OTHERS:
                        continue
                    with self.subTest(f"{where}: {selector.metric}, {label}"):
                        later, _ = LATER_VALUES.get((selector.metric, label), (set(), None))
                        values = later | self.told.labels[selector.metric][label]
                        for choice in re.sub(r"\[\.\]", ".", pattern).split("|"):
                            if re.fullmatch(r"[\w. ]+", choice):
                                self.assertIn(choice, values)
                        self.assertTrue(any(re.fullmatch(pattern, value) for value in values))

    def test_rates_are_taken_of_counters(self) -> None:
        for where, expression in expressions():
            for selector in promql.read(expression).selectors:
                if selector.function in promql.RATES and selector.metric not in OTHERS | LATER:
                    with self.subTest(f"{where}: {selector.metric}"):
                        self.assertIn(self.told.type_of(selector.metric), {"counter", "histogram"})

    def test_what_begins_with_an_event_stands_in_the_source(self) -> None:
        for metric, (_, name, file) in LATER.items():
            with self.subTest(metric):
                self.assertIn(name, file.read_text())
        for (metric, label), (values, file) in LATER_VALUES.items():
            for value in values:
                with self.subTest(f"{metric}, {label}: {value}"):
                    self.assertIn(f'"{value}"', file.read_text())

    def test_no_metric_of_ours_is_forgotten(self) -> None:
        asked = {
            selector.metric for _, text in expressions() for selector in promql.read(text).selectors
        }
        families = {re.sub("_(bucket|count|sum)$", "", metric) for metric in asked}
        for metric in self.told.labels:
            family = re.sub("_(bucket|count|sum)$", "", metric)
            with self.subTest(metric):
                self.assertIn(family, families)


@unittest.skipUnless(shutil.which("kubectl"), "kubectl is not installed")
class Components(unittest.TestCase):
    """What the components bring, rendered."""

    def test_everything_lands_in_the_namespace_whoever_switches_it_on(self) -> None:
        """An overlay's `namespace` does not reach components that are named beside the overlay."""
        for component in ("monitoring", "service-monitors"):
            with tempfile.TemporaryDirectory() as outer:
                components = os.path.relpath(ROOT / "k8s/components", os.path.realpath(outer))
                path = pathlib.Path(outer, "kustomization.yaml")
                path.write_text(f"components: [{components}/{component}]\n")
                render = ["kubectl", "kustomize", outer]
                run = subprocess.run(render, capture_output=True, text=True, check=True)
            for found in yaml.safe_load_all(run.stdout):
                with self.subTest(f"{component}: {found['kind']} {found['metadata']['name']}"):
                    self.assertEqual(found["metadata"].get("namespace"), "telemetry")


class Targets(unittest.TestCase):
    """Who is asked for metrics."""

    def test_prometheus_asks_the_services_that_there_are(self) -> None:
        services = yaml.safe_load_all((MONITORING / "metrics-services.yaml").read_text())
        ports = {
            service["metadata"]["name"]: service["spec"]["ports"][0]["port"] for service in services
        }
        config = yaml.safe_load((MONITORING / "prometheus/prometheus.kind.yaml").read_text())
        lookups = [
            job["dns_sd_configs"][0] for job in config["scrape_configs"] if "dns_sd_configs" in job
        ]
        self.assertEqual({lookup["names"][0]: lookup["port"] for lookup in lookups}, ports)

    def test_all_ways_of_asking_use_the_ports_of_the_roles(self) -> None:
        """The operator knows them by name, DNS and Compose by number."""
        config = yaml.safe_load((MONITORING / "prometheus/prometheus.compose.yaml").read_text())
        jobs = {
            job["job_name"]: job["static_configs"][0]["targets"][0]
            for job in config["scrape_configs"]
        }
        lookups = yaml.safe_load_all((MONITORING / "metrics-services.yaml").read_text())
        headless = {service["metadata"]["name"]: service["spec"] for service in lookups}
        monitors = ROOT / "k8s/components/service-monitors/service-monitors.yaml"
        for monitor in yaml.safe_load_all(monitors.read_text()):
            name = monitor["metadata"]["name"]
            with self.subTest(name):
                service = self.service(name)
                labels = monitor["spec"]["selector"]["matchLabels"]
                self.assertLessEqual(labels.items(), service["metadata"]["labels"].items())
                self.assertEqual(
                    headless[f"{name}-metrics"]["selector"], service["spec"]["selector"]
                )
                ports = {port["name"]: port["port"] for port in service["spec"]["ports"]}
                port = ports[monitor["spec"]["endpoints"][0]["port"]]
                self.assertEqual(jobs[name].split(":")[1], str(port))
                self.assertEqual(headless[f"{name}-metrics"]["ports"][0]["port"], port)

    def service(self, name: str) -> dict:
        """The Service of a role."""
        file = ROOT / "k8s/base" / f"{name.removeprefix('telemetron-')}.yaml"
        objects = yaml.safe_load_all(file.read_text())
        return next(found for found in objects if found["kind"] == "Service")

    def test_no_policy_of_ours_shuts_the_roles(self) -> None:
        file = MONITORING / "network-policies.yaml"
        for policy in yaml.safe_load_all(file.read_text()):
            chosen = policy["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
            self.assertIn(chosen, {"prometheus", "grafana"})


if __name__ == "__main__":
    unittest.main()
