"""The ports of Kind's node are those of the services."""

from __future__ import annotations

import unittest

import yaml

from objects import by_name, of_kind, settings_of
from rendering import K8S, Combination, objects

# On this machine's loopback, by the port of the node.
HOST_PORTS = {30080: 8080, 30081: 8081, 30092: 9092, 30317: 4317, 30318: 4318}


class KindTest(unittest.TestCase):
    """kind-config.yaml and the overlay for it."""

    def test_the_node_maps_the_ports_that_are_promised(self) -> None:
        config = yaml.safe_load((K8S / "kind-config.yaml").read_text(encoding="utf-8"))
        self.assertEqual("kind.x-k8s.io/v1alpha4", config["apiVersion"])
        mapped = {}
        for node in config["nodes"]:
            for port in node.get("extraPortMappings", []):
                mapped[port["containerPort"]] = port["hostPort"]
                self.assertEqual("127.0.0.1", port["listenAddress"])
        self.assertEqual(HOST_PORTS, mapped)

    def test_services_are_at_the_ports_of_the_node(self) -> None:
        found = {}
        for service in of_kind(objects(Combination("overlays/kind")), "Service"):
            for port in service["spec"]["ports"]:
                if "nodePort" in port:
                    self.assertEqual("NodePort", service["spec"]["type"])
                    found[port["nodePort"]] = port["port"]
        self.assertEqual(set(HOST_PORTS), set(found))

    def test_kafka_sends_clients_of_the_host_to_the_host(self) -> None:
        things = objects(Combination("overlays/kind"))
        kafka = by_name(things, "StatefulSet", "kafka")["spec"]["template"]["spec"]["containers"][0]
        settings = settings_of(things, kafka)
        outside = f"OUTSIDE://localhost:{HOST_PORTS[30092]}"
        self.assertIn(outside, settings["KAFKA_ADVERTISED_LISTENERS"])
        ports = {port["name"]: port["containerPort"] for port in kafka["ports"]}
        listeners = dict(one.split("://:") for one in settings["KAFKA_LISTENERS"].split(","))
        self.assertEqual({name.lower(): int(port) for name, port in listeners.items()}, ports)
        protocols = settings["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
        self.assertEqual(set(listeners), {one.split(":")[0] for one in protocols})
