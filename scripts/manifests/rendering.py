"""What kustomize makes of k8s/: each overlay alone, with each component, and with all of them."""

from __future__ import annotations

import functools
import os
import shlex
import subprocess
import tempfile
import unittest
from dataclasses import dataclass
from pathlib import Path

import yaml

# Of these only one is switched on.
ALTERNATIVES = ("monitoring", "service-monitors")

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "k8s"


@dataclass(frozen=True)
class Combination:
    """A folder below k8s/, with components that are switched on."""

    folder: str
    components: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " + ".join((self.folder, *self.components))


def components() -> list[str]:
    """All components, by name."""
    return sorted(path.parent.name for path in K8S.glob("components/*/kustomization.yaml"))


def combinations() -> list[Combination]:
    """The overlays with what can be switched on, and the agents of the demo."""
    found = [Combination("base"), Combination("demo/agents")]
    for overlay in sorted(path.parent.name for path in K8S.glob("overlays/*/kustomization.yaml")):
        folder = f"overlays/{overlay}"
        found.append(Combination(folder))
        found.extend(Combination(folder, (one,)) for one in components())
        for left_out in ALTERNATIVES:
            together = tuple(one for one in components() if one != left_out)
            found.append(Combination(folder, together))
    return found


def whole() -> list[Combination]:
    """Those that are a platform: everything but the base, which lacks Kafka, and the demo."""
    return [one for one in combinations() if one.folder.startswith("overlays/")]


def objects(combination: Combination) -> list[dict]:
    """The objects of a combination; skips the test where nothing can be rendered."""
    things, complaint = _rendered(combination)
    if complaint:
        raise AssertionError(f"{combination} does not render: {complaint}")
    return things


@functools.cache
def _rendered(combination: Combination) -> tuple[list[dict], str]:
    """What kustomize makes, else what it complains of."""
    command = shlex.split(os.environ.get("KUSTOMIZE", ""))
    if not command:
        raise unittest.SkipTest("neither Go nor kubectl is here to render the manifests")
    with tempfile.TemporaryDirectory(prefix="telemetron-manifests-") as made:
        folder = _wrapped(combination, Path(made)) if combination.components else None
        asked = [*command, str(folder or K8S / combination.folder)]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return [], done.stderr.strip()
    return list(yaml.load_all(done.stdout, Loader=yaml.CSafeLoader)), ""


def _wrapped(combination: Combination, folder: Path) -> Path:
    """A kustomization as a user would write it; kustomize takes no absolute paths."""
    here = Path(os.path.relpath(K8S.resolve(), folder.resolve()))
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [str(here / combination.folder)],
        "components": [str(here / "components" / one) for one in combination.components],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization), encoding="utf-8")
    return folder


def jobs_of_the_demo() -> list[dict]:
    """What `kubectl apply -f` takes from k8s/demo."""
    found: list[dict] = []
    for path in sorted(K8S.glob("demo/*.yaml")):
        found.extend(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    return found
