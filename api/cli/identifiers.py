"""Runs by the last 8 characters of their ids."""

import re

from api.cli.problems import Code, Problem
from api.cli.service import Service, understood

_SHORT = re.compile(r"[0-9a-f]{8}")
_LOOKED_AT = 100


def full_id(service: Service, given: str, project: str | None = None) -> str:
    """Return the id that a short one stands for, among the open approvals and the latest runs of the project; else what was given."""
    if not _SHORT.fullmatch(given):
        return given
    found = {i for i in _candidates(service, project) if i.endswith(given)}
    match len(found):
        case 1:
            return found.pop()
        case 0:
            raise Problem(f"No open request or recent run ends in {given}: give the whole id, or its project with --project.", Code.REFUSED)
        case _:
            raise Problem(f"Several runs end in {given}: give the whole id.", Code.REFUSED)


def _candidates(service: Service, project: str | None) -> list[str]:
    ids = understood(service, lambda body: [str(a["id"]) for a in body["approvals"]], service.get("approvals", "pending"))
    for each in [project] if project else service.claims.projects:
        runs = service.get("runs", repositoryIdentifier=each, limit=_LOOKED_AT, includeScheduled="true")
        ids += understood(service, lambda body: [str(r["id"]) for r in body["runs"]], runs)
    return ids
