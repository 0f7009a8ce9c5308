"""Dockerfiles by hadolint, and the compose file by its form."""

from __future__ import annotations

import subprocess
import sys
import unittest
from pathlib import Path

import yaml

from rendering import ROOT

DOCKER = ROOT / "docker"


class DockerTest(unittest.TestCase):
    """What is below docker/."""

    def test_hadolint_finds_nothing(self) -> None:
        files = sorted(DOCKER.glob("*.Dockerfile"))
        self.assertTrue(files)
        linter = Path(sys.executable).parent / "hadolint"
        done = subprocess.run([linter, *files], capture_output=True, text=True, check=False)
        self.assertEqual((0, ""), (done.returncode, done.stdout + done.stderr))

    def test_compose_names_images_that_are_pinned(self) -> None:
        compose = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
        self.assertTrue(compose["services"])
        for name, service in compose["services"].items():
            with self.subTest(name):
                self.assertRegex(service["image"], r":[^/]*\d")
                self.assertNotIn("latest", service["image"])

    def test_compose_depends_on_what_is_there(self) -> None:
        compose = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
        services = compose["services"]
        for name, service in services.items():
            with self.subTest(name):
                self.assertLessEqual(set(service.get("depends_on", [])), set(services))
