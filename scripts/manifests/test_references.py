"""What one object says of another is true: labels, names, keys, ports."""

from __future__ import annotations

import re
import unittest

from objects import (
    all_containers,
    by_name,
    containers,
    labels_of,
    name_of,
    names,
    of_kind,
    pod_of,
    ports_of,
    selected,
    selects,
    settings_of,
    workloads,
)
from rendering import Combination, combinations, jobs_of_the_demo, objects, whole

# Secrets that are not in the repository, with their keys; why.
MADE_BY_THE_USER = {
    "telemetron-database": ({"DATABASE_URL", "POSTGRES_PASSWORD"}, "made by setup.sh, or by you"),
    "telemetron-kafka": (set(), "optional: user and password of your own Kafka"),
    "litellm": ({"LITELLM_MASTER_KEY"}, "optional: keys of the proxy and its providers"),
    "telemetron-postgres-app": ({"uri"}, "made by CloudNativePG"),
    "grafana": (set(), "optional: the administrator's password"),
}


def own_kafka(combination: Combination) -> bool:
    """Whether Kafka is the user's, and so not among the objects."""
    return "own-kafka" in combination.components


class ReferencesTest(unittest.TestCase):
    """Every combination on its own."""

    def test_workloads_select_their_own_pods(self) -> None:
        for combination, workload in self._workloads():
            selector = workload["spec"].get("selector", {}).get("matchLabels", {})
            with self.subTest(combination, workload=name_of(workload)):
                self.assertTrue(selector or workload["kind"] == "Job")
                self.assertTrue(selects(selector, labels_of(workload)))

    def test_no_two_workloads_select_the_same_pods(self) -> None:
        for combination in combinations():
            things = objects(combination)
            for workload in workloads(things):
                selector = workload["spec"].get("selector", {}).get("matchLabels")
                with self.subTest(str(combination), workload=name_of(workload)):
                    self.assertEqual(1, len(selected(things, selector)) if selector else 1)

    def test_pods_spread_by_their_own_labels(self) -> None:
        for combination, workload in self._workloads():
            for spread in pod_of(workload).get("topologySpreadConstraints", []):
                with self.subTest(combination, workload=name_of(workload)):
                    labels = spread["labelSelector"]["matchLabels"]
                    self.assertTrue(selects(labels, labels_of(workload)))

    def test_services_select_pods_that_have_their_ports(self) -> None:
        for combination in whole():
            things = objects(combination)
            for service in of_kind(things, "Service"):
                chosen = selected(things, service["spec"]["selector"])
                with self.subTest(str(combination), service=name_of(service)):
                    self.assertEqual(1, len(chosen), [name_of(one) for one in chosen])
                    there = {}
                    for container in containers(chosen[0]):
                        there |= ports_of(container)
                    for port in service["spec"]["ports"]:
                        target = port.get("targetPort", port["port"])
                        self.assertIn(target, [*there, *there.values()])

    def test_policies_and_budgets_select_pods(self) -> None:
        for combination in whole():
            things = objects(combination)
            for thing in of_kind(things, "NetworkPolicy", "PodDisruptionBudget"):
                spec = thing["spec"]
                selector = (spec.get("podSelector") or spec.get("selector")).get("matchLabels", {})
                with self.subTest(str(combination), thing=name_of(thing)):
                    self.assertTrue(selected(things, selector))

    def test_policies_open_ports_that_are_there(self) -> None:
        for combination in whole():
            things = objects(combination)
            for policy in of_kind(things, "NetworkPolicy"):
                chosen = selected(things, policy["spec"]["podSelector"].get("matchLabels", {}))
                there = {}
                for workload in chosen:
                    for container in containers(workload):
                        there |= ports_of(container)
                for rule in policy["spec"].get("ingress", []):
                    for port in rule.get("ports", []):
                        with self.subTest(str(combination), policy=name_of(policy)):
                            self.assertIn(port["port"], [*there, *there.values()])

    def test_autoscalers_scale_what_is_there_and_nothing_else_does(self) -> None:
        for combination in whole():
            things = objects(combination)
            scaled = []
            for scaler in of_kind(things, "HorizontalPodAutoscaler", "ScaledObject"):
                target = scaler["spec"]["scaleTargetRef"]
                kind = target.get("kind", "Deployment")
                scaled.append(f"{kind}/{target['name']}")
                workload = by_name(things, kind, target["name"])
                with self.subTest(str(combination), scaler=name_of(scaler)):
                    self.assertIsNotNone(workload)
                    self.assertNotIn("replicas", workload["spec"])
            self.assertCountEqual(scaled, set(scaled))

    def test_accounts_are_there(self) -> None:
        for combination in whole():
            things = objects(combination)
            for workload in workloads(things):
                with self.subTest(str(combination), workload=name_of(workload)):
                    account = pod_of(workload).get("serviceAccountName", "default")
                    self.assertIn(account, names(things, "ServiceAccount"))

    def test_bindings_bind_what_is_there(self) -> None:
        for combination in whole():
            things = objects(combination)
            for binding in of_kind(things, "RoleBinding", "ClusterRoleBinding"):
                with self.subTest(str(combination), binding=name_of(binding)):
                    role = binding["roleRef"]
                    self.assertIn(role["name"], names(things, role["kind"]))
                    for subject in binding["subjects"]:
                        self.assertEqual("telemetry", subject["namespace"])
                        self.assertIn(subject["name"], names(things, subject["kind"]))

    def test_config_maps_and_their_keys_are_there(self) -> None:
        for combination in whole():
            things = objects(combination)
            for workload, name, key in _config_maps(things):
                with self.subTest(str(combination), workload=name_of(workload), name=name):
                    found = by_name(things, "ConfigMap", name)
                    self.assertIsNotNone(found, f"no config map {name}")
                    self.assertTrue(key is None or key in found["data"], f"no {key} in {name}")

    def test_secrets_are_there_or_known_to_be_made_by_the_user(self) -> None:
        for combination in whole():
            things = objects(combination)
            for workload, reference in _secrets(things):
                name = reference.get("name") or reference.get("secretName")
                with self.subTest(str(combination), workload=name_of(workload), secret=name):
                    if name in names(things, "Secret"):
                        continue
                    self.assertIn(name, MADE_BY_THE_USER)
                    keys, why = MADE_BY_THE_USER[name]
                    self.assertTrue("key" not in reference or reference["key"] in keys)
                    optional = why.startswith("optional")
                    self.assertEqual(optional, reference.get("optional", False))

    def test_no_secret_is_in_the_repository(self) -> None:
        for combination in combinations():
            for secret in of_kind(objects(combination), "Secret"):
                self.fail(f"{combination}: {name_of(secret)}")

    def test_volumes_are_there_and_used(self) -> None:
        for combination, workload in self._workloads():
            claims = workload["spec"].get("volumeClaimTemplates", [])
            there = {one["metadata"]["name"] for one in claims}
            there |= {one["name"] for one in pod_of(workload).get("volumes", [])}
            used = set()
            for container in containers(workload):
                used |= {mount["name"] for mount in container.get("volumeMounts", [])}
            with self.subTest(combination, workload=name_of(workload)):
                self.assertEqual(there, used)

    def test_claims_are_there(self) -> None:
        for combination in whole():
            things = objects(combination)
            for workload in workloads(things):
                for volume in pod_of(workload).get("volumes", []):
                    if claim := volume.get("persistentVolumeClaim"):
                        with self.subTest(str(combination), workload=name_of(workload)):
                            self.assertIn(
                                claim["claimName"], names(things, "PersistentVolumeClaim")
                            )

    def test_variables_are_made_of_those_before_them(self) -> None:
        for combination in combinations():
            for workload, container in all_containers(objects(combination)):
                before: set[str] = set()
                for variable in container.get("env", []):
                    wanted = set(re.findall(r"\$\((\w+)\)", variable.get("value", "")))
                    with self.subTest(str(combination), workload=name_of(workload)):
                        self.assertLessEqual(wanted, before, variable["name"])
                    before.add(variable["name"])

    def test_settings_name_services_and_ports_that_are_there(self) -> None:
        asked = 0
        for combination in whole():
            things = objects(combination)
            ports = _service_ports(things)
            for workload, container in all_containers(things):
                for name, value in settings_of(things, container).items():
                    if name == "KAFKA_BOOTSTRAP_SERVERS" and own_kafka(combination):
                        continue
                    for host, port in _addresses(name, value):
                        asked += 1
                        with self.subTest(str(combination), workload=name_of(workload), name=name):
                            self.assertIn((host, int(port)), ports)
        self.assertGreater(asked, 20)

    def _workloads(self) -> list[tuple[str, dict]]:
        found = [("demo", job) for job in jobs_of_the_demo()]
        for combination in combinations():
            found.extend((str(combination), one) for one in workloads(objects(combination)))
        return found


def _addresses(name: str, value: str | None) -> list[tuple[str, str]]:
    """Services of ours that a setting names: single words, which no public name is."""
    if name not in ("KAFKA_BOOTSTRAP_SERVERS", "API") and not name.endswith("_BASE_URL"):
        return []
    return re.findall(r"(?:^|//|,)([a-z][a-z-]*):(\d+)", value or "")


def _service_ports(things: list[dict]) -> set[tuple[str, int]]:
    found = set()
    for service in of_kind(things, "Service"):
        for port in service["spec"]["ports"]:
            found.add((service["metadata"]["name"], port["port"]))
    return found


def _config_maps(things: list[dict]) -> list[tuple[dict, str, str | None]]:
    found: list[tuple[dict, str, str | None]] = []
    for workload, container in all_containers(things):
        for source in container.get("envFrom", []):
            if reference := source.get("configMapRef"):
                found.append((workload, reference["name"], None))
        for variable in container.get("env", []):
            if reference := variable.get("valueFrom", {}).get("configMapKeyRef"):
                found.append((workload, reference["name"], reference["key"]))
    for workload in workloads(things):
        for source in _volume_sources(workload):
            if reference := source.get("configMap"):
                keys = [item["key"] for item in reference.get("items", [])]
                found.extend((workload, reference["name"], key) for key in keys or [None])
    return found


def _volume_sources(workload: dict) -> list[dict]:
    found = []
    for volume in pod_of(workload).get("volumes", []):
        found.extend([volume, *volume.get("projected", {}).get("sources", [])])
    return found


def _secrets(things: list[dict]) -> list[tuple[dict, dict]]:
    found = []
    for workload, container in all_containers(things):
        sources = [one.get("secretRef") for one in container.get("envFrom", [])]
        for variable in container.get("env", []):
            sources.append(variable.get("valueFrom", {}).get("secretKeyRef"))
        found.extend((workload, one) for one in sources if one)
    for workload in workloads(things):
        sources = [one.get("secret") for one in _volume_sources(workload)]
        found.extend((workload, one) for one in sources if one)
    return found
