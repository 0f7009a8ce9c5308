"""Every variable of a role is one that this role reads, with a value that it takes."""

from __future__ import annotations

import unittest
from pathlib import Path

from binary import CHECKED, binary, in_effect, read_by
from objects import all_containers, by_name, command_of, name_of, of_kind, settings_of
from rendering import Combination, combinations, jobs_of_the_demo, objects, whole

# What a secret gives is checked with a value of its form.
EXAMPLES = {"DATABASE_URL": "postgres://user:password@host/database"}

# The SDK reads these; no command names them.
READ_BY_THE_SDK = {"POD_NAME", "DEPLOYMENT_NAME"}


class SettingsTest(unittest.TestCase):
    """The manifests against the built binary."""

    def test_roles_read_and_take_all_that_they_are_given(self) -> None:
        checked = set()
        for combination in combinations():
            things = objects(combination)
            for workload, container in all_containers(things):
                role = command_of(container)
                if role not in CHECKED:
                    continue
                variables = filled(things, container)
                with self.subTest(str(combination), workload=name_of(workload)):
                    _, given = in_effect(role, variables)
                    self.assertEqual(set(variables), given)
                checked.add(role)
        self.assertEqual(set(CHECKED), checked)

    def test_jobs_read_all_that_they_are_given(self) -> None:
        checked = set()
        for combination in combinations():
            things = objects(combination)
            for workload, container in all_containers(things):
                command = command_of(container)
                if command in ("migrate", "topics"):
                    with self.subTest(str(combination), workload=name_of(workload)):
                        given = set(settings_of(things, container))
                        self.assertLessEqual(given, read_by(binary(), command))
                    checked.add(command)
        self.assertEqual({"migrate", "topics"}, checked)

    def test_the_demo_reads_all_that_it_is_given(self) -> None:
        demo = binary("TELEMETRON_DEMO_BIN", "telemetron-demo")
        things = [*jobs_of_the_demo(), *objects(Combination("demo/agents"))]
        for workload, container in all_containers(things):
            with self.subTest(name_of(workload)):
                given = set(settings_of(things, container)) - READ_BY_THE_SDK
                self.assertLessEqual(given, read_by(Path(demo), command_of(container)))

    def test_every_key_is_given_to_somebody(self) -> None:
        for combination in whole():
            things = objects(combination)
            for settings in of_kind(things, "ConfigMap"):
                name = settings["metadata"]["name"]
                if name.startswith("telemetron"):
                    with self.subTest(str(combination), settings=name):
                        self.assertTrue(_takers(things, name))

    def test_no_password_is_in_a_config_map(self) -> None:
        for combination in whole():
            for settings in of_kind(objects(combination), "ConfigMap"):
                for key in settings.get("data", {}):
                    with self.subTest(str(combination), settings=name_of(settings)):
                        self.assertNotRegex(key, "PASSWORD|DATABASE_URL|API_KEY|MASTER_KEY")

    def test_copies_of_topics_are_those_that_the_brokers_allow(self) -> None:
        for combination in whole():
            if "own-kafka" in combination.components:
                continue
            things = objects(combination)
            brokers = by_name(things, "StatefulSet", "kafka")["spec"].get("replicas", 1)
            kafka = by_name(things, "ConfigMap", "kafka")["data"]
            topics = by_name(things, "ConfigMap", "telemetron-topics")["data"]
            with self.subTest(str(combination)):
                voters = kafka["KAFKA_CONTROLLER_QUORUM_VOTERS"].split(",")
                self.assertEqual(brokers, len(voters))
                copies = [kafka["KAFKA_DEFAULT_REPLICATION_FACTOR"]]
                copies += [kafka[key] for key in kafka if key.endswith("TOPIC_REPLICATION_FACTOR")]
                copies += [topics.get("KAFKA_REPLICATION", str(brokers))]
                self.assertEqual({str(brokers)}, set(copies))
                insync = "2" if brokers == 3 else "1"
                self.assertEqual(insync, kafka["KAFKA_MIN_INSYNC_REPLICAS"])
                self.assertEqual(insync, topics.get("KAFKA_MIN_INSYNC_REPLICAS", "1"))


def filled(things: list[dict], container: dict) -> dict[str, str]:
    """The variables of a container, with examples in place of secrets."""
    found = settings_of(things, container)
    return {name: value or EXAMPLES.get(name, "secret") for name, value in found.items()}


def _takers(things: list[dict], name: str) -> list[dict]:
    """The containers that a config map gives variables to."""
    found = []
    for _, container in all_containers(things):
        given = [one.get("configMapRef", {}).get("name") for one in container.get("envFrom", [])]
        if name in given:
            found.append(container)
    return found
