"""Runs programs of agent frameworks, fresh from the registries, and records what they send."""
