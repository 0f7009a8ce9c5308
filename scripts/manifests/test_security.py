"""Pods pass the `restricted` level of Pod Security, and a little more."""

from __future__ import annotations

import unittest

from objects import by_name, containers, name_of, pod_of, workloads
from rendering import Combination, combinations, jobs_of_the_demo, objects

# Images that write beside their code; why.
WRITES_ITS_ROOT = {"litellm": "rewrites its page at each start"}

# The user that an image is made for.
USERS = {"kafka": 1000, "postgres": 999}

# Volumes that the level allows.
VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


class SecurityTest(unittest.TestCase):
    """Every workload, of the demo's jobs too."""

    def test_namespaces_demand_it(self) -> None:
        wanted = {"overlays/production": "restricted", "overlays/kind": "baseline"}
        for folder, level in wanted.items():
            space = by_name(objects(Combination(folder)), "Namespace", "telemetry")
            labels = space["metadata"]["labels"]
            with self.subTest(folder):
                self.assertEqual(level, labels["pod-security.kubernetes.io/enforce"])
                self.assertEqual("restricted", labels["pod-security.kubernetes.io/warn"])

    def test_pods_are_restricted(self) -> None:
        for where, workload in _workloads():
            pod = pod_of(workload)
            context = pod["securityContext"]
            with self.subTest(where):
                self.assertTrue(context["runAsNonRoot"])
                self.assertGreater(context["runAsUser"], 0)
                self.assertEqual("RuntimeDefault", context["seccompProfile"]["type"])
                for forbidden in ("hostNetwork", "hostPID", "hostIPC", "hostUsers"):
                    self.assertNotIn(forbidden, pod)
                for volume in pod.get("volumes", []):
                    self.assertLessEqual(set(volume) - {"name"}, VOLUMES)

    def test_containers_are_restricted(self) -> None:
        for where, workload in _workloads():
            for container in containers(workload):
                context = container["securityContext"]
                with self.subTest(where):
                    self.assertIs(False, context["allowPrivilegeEscalation"])
                    self.assertEqual(["ALL"], context["capabilities"]["drop"])
                    self.assertNotIn("add", context["capabilities"])
                    self.assertNotIn("privileged", context)
                    self.assertNotIn("runAsUser", context)
                    writes = container["name"] in WRITES_ITS_ROOT
                    self.assertIs(not writes, context["readOnlyRootFilesystem"])
                    for port in container.get("ports", []):
                        self.assertNotIn("hostPort", port)

    def test_users_are_those_of_the_images(self) -> None:
        for where, workload in _workloads():
            name = workload["metadata"]["name"]
            ours = containers(workload)[0]["image"].startswith("telemetron/")
            with self.subTest(where):
                user = pod_of(workload)["securityContext"]["runAsUser"]
                if name in USERS:
                    self.assertEqual(USERS[name], user)
                elif ours:
                    self.assertEqual(10001, user)

    def test_only_the_api_has_a_token(self) -> None:
        for where, workload in _workloads():
            has_rights = workload["metadata"]["name"] == "telemetron-api"
            with self.subTest(where):
                self.assertIs(has_rights, pod_of(workload)["automountServiceAccountToken"])

    def test_no_variables_of_services_come_in(self) -> None:
        # KAFKA_PORT would become a property of the broker.
        for where, workload in _workloads():
            if containers(workload)[0]["image"].startswith(("telemetron/", "apache/kafka")):
                with self.subTest(where):
                    self.assertIs(False, pod_of(workload)["enableServiceLinks"])


def _workloads() -> list[tuple[str, dict]]:
    found = [(f"demo, {name_of(job)}", job) for job in jobs_of_the_demo()]
    for combination in combinations():
        for workload in workloads(objects(combination)):
            found.append((f"{combination}, {name_of(workload)}", workload))
    return found
