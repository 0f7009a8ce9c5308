"""The Oracle has the rights that its collectors use, and no other."""

from __future__ import annotations

import re
import unittest

from objects import by_name, of_kind
from rendering import ROOT, Combination, objects, whole

COLLECTOR = ROOT / "crates" / "telemetron-oracle" / "src" / "collect" / "kubernetes"

# Group, resource and verb of every call. `watches.rs` lists and watches; `metrics.rs` lists.
ASKED = {
    *((group, resource, verb) for group, resource in (
        ("", "pods"),
        ("apps", "deployments"),
        ("apps", "replicasets"),
        ("apps", "statefulsets"),
        ("autoscaling", "horizontalpodautoscalers"),
    ) for verb in ("list", "watch")),
    ("metrics.k8s.io", "pods", "list"),
}  # fmt: skip

# What a component adds.
ASKED_OF_KUBELETS = {("", "nodes/proxy", "get")}


class RightsTest(unittest.TestCase):
    """Roles of every combination, and what the code asks."""

    def test_roles_give_what_is_asked(self) -> None:
        for combination in whole():
            things = objects(combination)
            kind = "Role" if "one-namespace" in combination.components else "ClusterRole"
            role = by_name(things, kind, "telemetron-oracle")
            with self.subTest(str(combination)):
                self.assertIsNotNone(role)
                self.assertEqual(ASKED, _rights(role))

    def test_nobody_has_other_rights(self) -> None:
        for combination in whole():
            rights = set()
            for role in of_kind(objects(combination), "Role", "ClusterRole"):
                rights |= _rights(role)
            asked = set(ASKED)
            if "kubelet-summary" in combination.components:
                asked |= ASKED_OF_KUBELETS
            with self.subTest(str(combination)):
                self.assertEqual(asked, rights)

    def test_one_namespace_is_enough_where_only_one_is_seen(self) -> None:
        things = objects(Combination("overlays/production", ("one-namespace",)))
        self.assertFalse(of_kind(things, "ClusterRole", "ClusterRoleBinding"))
        settings = by_name(things, "ConfigMap", "telemetron-api")["data"]
        self.assertEqual("telemetry", settings["ORACLE_NAMESPACE"])

    def test_the_collector_watches_what_is_listed_here(self) -> None:
        code = (COLLECTOR / "watches.rs").read_text(encoding="utf-8")
        held = set(re.findall(r"^    \w+: Watch<(\w+)>,", code, re.MULTILINE))
        groups = {}
        for group, kinds in re.findall(r"k8s_openapi::api::(\w+)::v\d::\{?([\w, ]+)\}?;", code):
            for kind in re.split(r", ", kinds):
                groups[kind] = "" if group == "core" else group
        watched = {(groups[kind], f"{kind.lower()}s", "watch") for kind in held}
        self.assertEqual({one for one in ASKED if one[2] == "watch"}, watched)

    def test_the_collector_makes_no_other_calls(self) -> None:
        found = set()
        for path in COLLECTOR.glob("*.rs"):
            code = path.read_text(encoding="utf-8")
            for verb in re.findall(r"\bapi\s*\.(\w+)\(|\b(watcher)\(api", code):
                found.add((path.name, "".join(verb)))
        asked = {("watches.rs", "list"), ("watches.rs", "watcher"), ("metrics.rs", "list")}
        self.assertEqual(asked, found)

    def test_the_metrics_api_is_the_one_that_is_listed_here(self) -> None:
        code = (COLLECTOR / "metrics.rs").read_text(encoding="utf-8")
        self.assertIn('gvk("metrics.k8s.io", "v1beta1", "PodMetrics")', code)


def _rights(role: dict) -> set[tuple[str, str, str]]:
    found = set()
    for rule in role["rules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                found |= {(group, resource, verb) for verb in rule["verbs"]}
    return found
