"""Everything renders, and Kubernetes knows what it is."""

from __future__ import annotations

import json
import unittest

import kubernetes_validate
import yaml

from objects import name_of
from rendering import K8S, ROOT, combinations, jobs_of_the_demo, objects

VERSIONS = ("1.31", "1.33", "1.35")

# Kinds of others, whose schemas are not among those of Kubernetes.
CUSTOM = {
    "ScaledObject": "KEDA, which scales consumers by lag",
    "Cluster": "CloudNativePG, whose Postgres is shown as an example",
    "ServiceMonitor": "the operator of Prometheus",
    "PodMonitor": "the operator of Prometheus",
    "PrometheusRule": "the operator of Prometheus",
}


class RenderingTest(unittest.TestCase):
    """Overlays, components, and files beside them."""

    def test_every_combination_fits_the_schemas_of_three_versions(self) -> None:
        # Most objects are the same in most combinations.
        seen: set[str] = set()
        for combination in combinations():
            with self.subTest(str(combination)):
                things = {json.dumps(thing): thing for thing in objects(combination)}
                self._fit([thing for text, thing in things.items() if text not in seen])
                seen |= set(things)
        self.assertGreater(len(seen), 50)

    def test_the_jobs_of_the_demo_fit_them_too(self) -> None:
        self.assertGreaterEqual(len(jobs_of_the_demo()), 2)
        self._fit(jobs_of_the_demo())

    def _fit(self, things: list[dict]) -> None:
        for thing in things:
            for version in VERSIONS if thing["kind"] not in CUSTOM else ():
                try:
                    kubernetes_validate.validate(thing, version, strict=True)
                except kubernetes_validate.ValidationError as error:
                    where = "/".join(str(step) for step in error.path)
                    self.fail(f"{name_of(thing)}, {version}, at {where}: {error.message}")

    def test_no_object_is_there_twice(self) -> None:
        for combination in combinations():
            with self.subTest(str(combination)):
                named = [name_of(thing) for thing in objects(combination)]
                self.assertCountEqual(named, set(named))

    def test_all_is_in_the_namespace(self) -> None:
        free = {"Namespace", "ClusterRole", "ClusterRoleBinding", "PersistentVolume"}
        for combination in combinations():
            for thing in objects(combination):
                with self.subTest(str(combination), thing=name_of(thing)):
                    wanted = None if thing["kind"] in free else "telemetry"
                    self.assertEqual(thing["metadata"].get("namespace"), wanted)

    def test_every_yaml_file_parses(self) -> None:
        files = [*K8S.rglob("*.yaml"), *(ROOT / "docker").rglob("*.yaml")]
        self.assertGreater(len(files), 30)
        for path in files:
            with self.subTest(str(path.relative_to(ROOT))):
                list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
