"""What a project has set of a flow type: whether it may run, and what runs in its place. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSetting:
    """A type of which nothing is set is enabled, and runs itself."""

    flow: str
    enabled: bool = True
    override: str | None = None


def leads_back(settings: Mapping[str, FlowSetting], flow: str, override: str) -> bool:
    """Tell whether an override would close a circle, however many types long."""
    passed, at = {flow}, override
    while at not in passed:
        passed.add(at)
        setting = settings.get(at)
        if setting is None or setting.override is None:
            return False
        at = setting.override
    return True
