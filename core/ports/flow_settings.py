"""What projects have set of flow types."""

from typing import Protocol

from core.domain.flow_settings import FlowSetting


class FlowSettings(Protocol):
    """What projects have set of flow types, by the type's id."""

    def of(self, project_id: str) -> dict[str, FlowSetting]: ...

    def lock(self, project_id: str) -> dict[str, FlowSetting]:
        """Return likewise, and keep others from changing any until this transaction ends."""

    def save(self, project_id: str, setting: FlowSetting) -> None: ...
