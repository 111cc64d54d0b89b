"""What the served document has to say: the facts of the contract, and where the README says that we differ from it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FACTS: Mapping[str, Any] = json.loads((HERE / "facts.json").read_text())
DEVIATIONS: list[Mapping[str, Any]] = json.loads((HERE / "deviations.json").read_text())


def agreed() -> dict[str, Any]:
    """Return the contract's facts with the deviations in them: more refusals, other kinds, and null for what is no more."""
    facts: dict[str, Any] = json.loads(json.dumps(FACTS))
    for deviation in DEVIATIONS:
        for operation, statuses in deviation.get("refusals", {}).items():
            told = facts["operations"][operation]
            told["refusals"] = " ".join(sorted({*told["refusals"].split(), *statuses.split()}))
        for operation, change in deviation.get("operations", {}).items():
            _change(facts["operations"][operation], change)
        for name, change in deviation.get("shapes", {}).items():
            _change(facts["shapes"].setdefault(name, {}), change)
    return facts


def _change(facts: dict[str, Any], change: Mapping[str, Any]) -> None:
    for name, value in change.items():
        match value:
            case None:
                del facts[name]
            case dict():
                _change(facts[name], value)
            case _:
                facts[name] = value


def differences(want: Any, have: Any, where: str = "") -> Iterator[str]:
    """Say each fact that is not as it should be."""
    if not (isinstance(want, dict) and isinstance(have, dict)):
        if want != have:
            yield f"{where}: {have!r} instead of {want!r}"
        return
    for name in sorted({*want, *have}):
        here = f"{where}: {name}" if where else name
        if name not in have:
            yield f"{here} is missing"
        elif name not in want:
            yield f"{here} is not in the contract"
        else:
            yield from differences(want[name], have[name], here)
