"""Pods end in time, and as many run as have work."""

from __future__ import annotations

import re
import unittest

from objects import by_name, command_of, containers, of_kind, pod_of, workloads
from rendering import ROOT, Combination, objects, whole

BINARY = ROOT / "crates" / "telemetron" / "src"


class UpgradesTest(unittest.TestCase):
    """Grace periods, budgets, and numbers of replicas."""

    def test_pods_get_as_long_as_their_role_may_take(self) -> None:
        takes = _seconds("commands/role.rs", "GRACE") + _seconds("main.rs", "LAST_MOMENT")
        for combination in whole():
            for workload in of_kind(objects(combination), "Deployment"):
                container = containers(workload)[0]
                if command_of(container) is None:
                    continue
                grace = pod_of(workload)["terminationGracePeriodSeconds"]
                pause = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {})
                with self.subTest(str(combination), workload=workload["metadata"]["name"]):
                    self.assertGreater(grace, takes + pause.get("seconds", 0))
                    self.assertLess(grace, takes + pause.get("seconds", 0) + 10)

    def test_what_services_lead_to_ends_late_and_the_consumer_at_once(self) -> None:
        things = objects(Combination("overlays/production"))
        for role in ("gateway", "api", "dashboard"):
            container = containers(by_name(things, "Deployment", f"telemetron-{role}"))[0]
            self.assertEqual(5, container["lifecycle"]["preStop"]["sleep"]["seconds"])
        consumer = containers(by_name(things, "Deployment", "telemetron-consumer"))[0]
        self.assertNotIn("lifecycle", consumer)

    def test_an_upgrade_never_leaves_fewer_than_before(self) -> None:
        for combination in whole():
            for workload in of_kind(objects(combination), "Deployment"):
                if workload["metadata"]["name"].startswith("telemetron-"):
                    rolling = workload["spec"]["strategy"]["rollingUpdate"]
                    self.assertEqual({"maxSurge": 1, "maxUnavailable": 0}, rolling)

    def test_a_node_can_be_drained(self) -> None:
        for combination in whole():
            things = objects(combination)
            budgets = of_kind(things, "PodDisruptionBudget")
            for budget in budgets:
                with self.subTest(str(combination), budget=budget["metadata"]["name"]):
                    self.assertEqual(1, budget["spec"]["maxUnavailable"])
            covered = {budget["metadata"]["name"] for budget in budgets}
            roles = {f"telemetron-{one}" for one in ("gateway", "consumer", "api", "dashboard")}
            self.assertLessEqual(roles, covered)

    def test_no_more_consumers_than_partitions(self) -> None:
        for combination in whole():
            things = objects(combination)
            topics = by_name(things, "ConfigMap", "telemetron-topics")["data"]
            partitions = int(topics["KAFKA_PARTITIONS"])
            consumer = by_name(things, "Deployment", "telemetron-consumer")
            with self.subTest(str(combination)):
                self.assertLessEqual(consumer["spec"].get("replicas", 1), partitions)
                for scaled in of_kind(things, "ScaledObject"):
                    self.assertLessEqual(scaled["spec"]["maxReplicaCount"], partitions)

    def test_gateway_and_api_scale_in_production(self) -> None:
        things = objects(Combination("overlays/production"))
        scaled = {
            scaler["spec"]["scaleTargetRef"]["name"]
            for scaler in of_kind(things, "HorizontalPodAutoscaler")
        }
        self.assertEqual({"telemetron-gateway", "telemetron-api"}, scaled)
        for scaler in of_kind(things, "HorizontalPodAutoscaler"):
            self.assertGreaterEqual(scaler["spec"]["minReplicas"], 2)

    def test_jobs_can_be_applied_again(self) -> None:
        for combination in whole():
            things = objects(combination)
            jobs = of_kind(workloads(things), "Job")
            with self.subTest(str(combination)):
                named = {job["metadata"]["name"] for job in jobs}
                self.assertLessEqual({"telemetron-migrate", "telemetron-topics"}, named)
            for job in jobs:
                notes = job["metadata"].get("annotations", {})
                with self.subTest(str(combination), job=job["metadata"]["name"]):
                    self.assertIn("ttlSecondsAfterFinished", job["spec"])
                    policy = notes.get("argocd.argoproj.io/hook-delete-policy")
                    self.assertEqual("BeforeHookCreation", policy)


def _seconds(path: str, name: str) -> int:
    """A constant of the code."""
    code = (BINARY / path).read_text(encoding="utf-8")
    return int(re.search(rf"const {name}: Duration = Duration::from_secs\((\d+)\)", code)[1])
