"""Projects and who belongs to them."""

from sqlalchemy import Connection, delete, select

from core.domain.people import Member, Project, Role, project_key
from integrations.database.people import person_from_row
from integrations.database.tables import members, people, projects
from integrations.database.upsert import insert_or_replace


class SqlProjects:
    def __init__(self, connection: Connection):
        self._connection = connection

    def get(self, project_id: str) -> Project | None:
        row = self._connection.execute(select(projects).where(projects.c.id == project_id)).one_or_none()
        return Project(id=row.id, identifier=row.identifier) if row else None

    def find(self, identifier: str) -> Project | None:
        row = self._connection.execute(select(projects).where(projects.c.identifier_key == project_key(identifier))).one_or_none()
        return Project(id=row.id, identifier=row.identifier) if row else None

    def list(self) -> list[Project]:
        rows = self._connection.execute(select(projects).order_by(projects.c.identifier_key))
        return [Project(id=row.id, identifier=row.identifier) for row in rows]


class SqlProjectRegister:
    def __init__(self, connection: Connection):
        self._connection = connection

    def add(self, project: Project) -> None:
        self._connection.execute(projects.insert(), {"id": project.id, "identifier": project.identifier,
                                                     "identifier_key": project_key(project.identifier)})

    def admit(self, project_id: str, person_id: str, role: Role | None) -> None:
        if role is None:
            self._connection.execute(delete(members).where(members.c.project_id == project_id, members.c.person_id == person_id))
            return
        insert_or_replace(self._connection, members, {"project_id": project_id, "person_id": person_id, "role": role},
                          keys=("project_id", "person_id"))

    def all_members(self, project_id: str) -> list[Member]:
        rows = self._connection.execute(select(people, members.c.role).join(members, members.c.person_id == people.c.id)
                                        .where(members.c.project_id == project_id).order_by(people.c.email_key)).mappings()
        return [Member(person=person_from_row(row), role=Role(row["role"])) for row in rows]
