"""A deployment as effects: done, and stopped."""

from core.flows.context import NamedEffect

deploy = NamedEffect("release.deploy")
stop = NamedEffect("release.stop")
