"""Which images run, and that nobody can exchange them unseen."""

from __future__ import annotations

import re
import unittest

import yaml

from objects import all_containers, name_of
from rendering import K8S, ROOT, combinations, jobs_of_the_demo, objects

OURS = ("telemetron/platform", "telemetron/dashboard", "telemetron/demo")


class ImagesTest(unittest.TestCase):
    """Every container, of the demo's jobs too."""

    def test_images_are_pinned_and_not_pulled_again(self) -> None:
        for where, container in _containers():
            with self.subTest(where):
                _, _, tag = container["image"].rpartition("/")[2].partition(":")
                self.assertRegex(tag, r"\d+\.\d+", container["image"])
                self.assertNotIn("latest", tag)
                self.assertEqual("IfNotPresent", container.get("imagePullPolicy"))

    def test_ours_are_of_the_version_of_the_workspace(self) -> None:
        manifest = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
        version = re.search(r'^version = "(.+)"', manifest, re.MULTILINE)[1]
        seen = set()
        for where, container in _containers():
            name, _, tag = container["image"].rpartition(":")
            if name in OURS:
                seen.add(name)
                with self.subTest(where):
                    self.assertEqual(version, tag)
        self.assertEqual(set(OURS), seen)

    def test_kafka_is_of_the_version_that_is_tested(self) -> None:
        project = (ROOT / "scripts" / "kafka" / "pom.xml").read_text(encoding="utf-8")
        version = re.search("<kafka.version>(.+)</kafka.version>", project)[1]
        seen = {one["image"] for _, one in _containers() if one["image"].startswith("apache/kafka")}
        self.assertEqual({f"apache/kafka:{version}"}, seen)

    def test_every_overlay_lists_our_images_once_for_those_who_have_their_own(self) -> None:
        for path in K8S.glob("overlays/*/kustomization.yaml"):
            listed = yaml.safe_load(path.read_text(encoding="utf-8"))["images"]
            with self.subTest(path.parent.name):
                self.assertLessEqual(set(OURS[:2]), {image["name"] for image in listed})


def _containers() -> list[tuple[str, dict]]:
    found = [
        (f"demo, {name_of(workload)}", container)
        for workload, container in all_containers(jobs_of_the_demo())
    ]
    for combination in combinations():
        for workload, container in all_containers(objects(combination)):
            found.append((f"{combination}, {name_of(workload)}", container))
    return found
