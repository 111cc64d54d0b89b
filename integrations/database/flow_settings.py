"""What projects have set of flow types."""

from sqlalchemy import Connection, bindparam, select

from core.domain.flow_settings import FlowSetting
from integrations.database.tables import flow_settings, projects
from integrations.database.upsert import insert_or_replace


class SqlFlowSettings:
    def __init__(self, connection: Connection):
        self._connection = connection

    def of(self, project_id: str) -> dict[str, FlowSetting]:
        rows = self._connection.execute(_OF, {"project": project_id})
        return {row.flow: FlowSetting(flow=row.flow, enabled=row.enabled, override=row.override) for row in rows}

    def lock(self, project_id: str) -> dict[str, FlowSetting]:
        self._connection.execute(_LOCK, {"project": project_id})
        return self.of(project_id)

    def save(self, project_id: str, setting: FlowSetting) -> None:
        insert_or_replace(self._connection, flow_settings, {
            "project_id": project_id, "flow": setting.flow, "enabled": setting.enabled, "override": setting.override},
            keys=("project_id", "flow"))


_OF = select(flow_settings).where(flow_settings.c.project_id == bindparam("project"))
_LOCK = select(projects.c.id).where(projects.c.id == bindparam("project")).with_for_update(key_share=True)
