"""Questions about rendered objects that several checks ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job")


def name_of(thing: dict) -> str:
    """`Kind/name`."""
    return f"{thing['kind']}/{thing['metadata']['name']}"


def of_kind(things: list[dict], *kinds: str) -> list[dict]:
    """Those of these kinds."""
    return [thing for thing in things if thing["kind"] in kinds]


def names(things: list[dict], kind: str) -> set[str]:
    """The names of a kind."""
    return {thing["metadata"]["name"] for thing in of_kind(things, kind)}


def by_name(things: list[dict], kind: str, name: str) -> dict | None:
    """One object, where it is there."""
    found = [one for one in of_kind(things, kind) if one["metadata"]["name"] == name]
    return found[0] if found else None


def workloads(things: list[dict]) -> list[dict]:
    """All that makes pods."""
    return of_kind(things, *WORKLOADS)


def pod_of(workload: dict) -> dict:
    """What a workload says of its pods."""
    return workload["spec"]["template"]["spec"]


def labels_of(workload: dict) -> dict[str, str]:
    """The labels of its pods."""
    return workload["spec"]["template"]["metadata"].get("labels", {})


def containers(workload: dict) -> list[dict]:
    """All containers, those that begin included."""
    pod = pod_of(workload)
    return [*pod.get("initContainers", []), *pod["containers"]]


def all_containers(things: list[dict]) -> Iterator[tuple[dict, dict]]:
    """Each container with its workload."""
    for workload in workloads(things):
        for container in containers(workload):
            yield workload, container


def ports_of(container: dict) -> dict[str, int]:
    """The named ports of a container."""
    return {port["name"]: port["containerPort"] for port in container.get("ports", [])}


def selects(selector: dict[str, str], labels: dict[str, str]) -> bool:
    """Whether labels are those of a selector."""
    return all(labels.get(key) == value for key, value in selector.items())


def selected(things: list[dict], selector: dict[str, str]) -> list[dict]:
    """The workloads whose pods a selector chooses."""
    return [one for one in workloads(things) if selects(selector, labels_of(one))]


def command_of(container: dict) -> str | None:
    """The subcommand of our binary, where the container runs it."""
    image = container["image"].rsplit(":", 1)[0]
    ours = image.endswith(("/platform", "/demo"))
    return container["args"][0] if ours and container.get("args") else None


def settings_of(things: list[dict], container: dict) -> dict[str, str | None]:
    """The variables of a container; None where a secret or the pod gives the value."""
    found: dict[str, str | None] = {}
    for source in container.get("envFrom", []):
        if "configMapRef" in source:
            settings = by_name(things, "ConfigMap", source["configMapRef"]["name"])
            found.update((settings or {}).get("data", {}))
    for variable in container.get("env", []):
        found[variable["name"]] = variable.get("value", _from_settings(things, variable))
    return found


def _from_settings(things: list[dict], variable: dict) -> str | None:
    asked: Any = variable.get("valueFrom", {}).get("configMapKeyRef")
    if not asked:
        return None
    settings = by_name(things, "ConfigMap", asked["name"]) or {}
    return settings.get("data", {}).get(asked["key"])


def cores(quantity: str | float) -> float:
    """Processor time as Kubernetes writes it."""
    text = str(quantity)
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)


def mebibytes(quantity: str) -> float:
    """Memory as Kubernetes writes it."""
    units = {"Ki": 1 / 1024, "Mi": 1, "Gi": 1024}
    return float(quantity[:-2]) * units[quantity[-2:]]
