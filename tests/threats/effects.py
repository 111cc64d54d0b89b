"""What a refused attempt leaves behind: nothing but a row of the audit that tells of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.api.edge import Edge

STANDING = (
    "SELECT * FROM approvals ORDER BY id", "SELECT * FROM answers ORDER BY approval_id, person_id",
    "SELECT id, status, outcome, wake FROM executions ORDER BY id",
    "SELECT * FROM audit WHERE kind NOT IN ('security', 'look-up') ORDER BY project_id, seq")


def standing(edge: Edge) -> list[list[tuple[Any, ...]]]:
    """Every approval and answer, every run with its wake counter, and the audit of what was decided."""
    return [edge.world.rows(statement) for statement in STANDING]


def told(edge: Edge) -> list[dict[str, Any]]:
    """The audit of what was refused."""
    rows = edge.world.rows("SELECT actor, execution_id, approval_id, facts FROM audit WHERE kind = 'security' ORDER BY project_id, seq")
    return [{"actor": actor, "execution": execution, "approval": approval, **json.loads(facts)}
            for actor, execution, approval, facts in rows]


@contextmanager
def no_effect(edge: Edge, *, by: str | None, refusal: str = "", times: int = 1) -> Iterator[None]:
    """Hold that nothing changes but so many new security rows, of that actor and that refusal. `by` None: there are none."""
    before, rows = standing(edge), len(told(edge))
    yield
    assert standing(edge) == before
    new = told(edge)[rows:]
    assert [(row["actor"], row["refusal"]) for row in new] == ([(by, refusal)] * times if by else [])
