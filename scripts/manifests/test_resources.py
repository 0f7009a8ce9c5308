"""What pods ask for and may take."""

from __future__ import annotations

import unittest

from objects import all_containers, cores, mebibytes, name_of, of_kind
from rendering import Combination, combinations, jobs_of_the_demo, objects

KIND = "overlays/kind"

# What setup.sh can switch on beside the platform.
SWITCHED_ON = ("ollama", "litellm", "monitoring", "otel-collector")


# A limit of processor time would stop these in the middle of a burst, with the node idle.
IN_THE_WAY_OF_RECORDS = ("telemetron/platform", "apache/kafka", "postgres")


class ResourcesTest(unittest.TestCase):
    """Requests and limits of memory everywhere; a small share on Kind."""

    def test_every_container_says_what_it_takes(self) -> None:
        everywhere = [("demo", jobs_of_the_demo())]
        everywhere += [(str(one), objects(one)) for one in combinations()]
        for where, things in everywhere:
            for workload, container in all_containers(things):
                with self.subTest(where, workload=name_of(workload)):
                    resources = container["resources"]
                    self.assertGreater(cores(resources["requests"]["cpu"]), 0)
                    requested = mebibytes(resources["requests"]["memory"])
                    self.assertGreaterEqual(mebibytes(resources["limits"]["memory"]), requested)
                    if container["image"].startswith(IN_THE_WAY_OF_RECORDS):
                        self.assertNotIn("cpu", resources["limits"])

    def test_kind_leaves_room_for_kubernetes_on_two_cores(self) -> None:
        processor, memory = _requested(objects(Combination(KIND)))
        self.assertLessEqual(processor, 0.5)
        self.assertLessEqual(memory, 1.2 * 1024)
        processor, _ = _requested(objects(Combination(KIND, SWITCHED_ON)))
        self.assertLessEqual(processor, 0.8)

    def test_production_asks_for_more_than_a_laptop(self) -> None:
        small, large = (
            _requested(objects(Combination(f"overlays/{one}"))) for one in ("kind", "production")
        )
        self.assertGreater(large, small)

    def test_what_is_written_outside_of_volumes_is_bounded(self) -> None:
        for combination in combinations():
            for workload in of_kind(objects(combination), "Deployment", "StatefulSet", "Job"):
                for volume in workload["spec"]["template"]["spec"].get("volumes", []):
                    if "emptyDir" in volume:
                        with self.subTest(str(combination), workload=name_of(workload)):
                            self.assertIn("sizeLimit", volume["emptyDir"])


def _requested(things: list[dict]) -> tuple[float, float]:
    """Cores and MiB that the scheduler sets aside."""
    processor = memory = 0.0
    for workload, container in all_containers(things):
        count = workload["spec"].get("replicas", 1)
        requests = container["resources"]["requests"]
        processor += count * cores(requests["cpu"])
        memory += count * mebibytes(requests["memory"])
    return processor, memory
