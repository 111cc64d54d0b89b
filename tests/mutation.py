"""A pytest plugin of `make mutation`: which tests judge a mutant, none of which needs a server."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import Phase, settings

MOST = 80
STATS = Path("mutmut-stats.json")


def pytest_configure(config: pytest.Config) -> None:
    if "__mutmut_" in os.environ.get("MUTANT_UNDER_TEST", ""):
        config.args[:] = chosen(config.args, json.loads(STATS.read_text())["tests_by_mangled_function_name"])


def chosen(tests: list[str], reached: dict[str, list[str]], most: int | None = MOST) -> list[str]:
    """Take all that need no database; of each other file first the tests that reach the least, which look the closest."""
    reach = Counter(test for names in reached.values() for test in names)
    quick = {test for test in tests if test.startswith("tests/domain/")}
    place: dict[str, tuple[int, int, str]] = {}
    seen: Counter[str] = Counter()
    for test in sorted(set(tests) - quick, key=lambda test: (reach[test], test)):
        file = test.partition("::")[0]
        place[test] = seen[file], reach[test], test
        seen[file] += 1
    kept = quick | set(sorted(place, key=lambda test: place[test])[:most])
    return [test for test in tests if test in kept]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    settings.register_profile("mutation", deadline=None, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate))
    settings.load_profile("mutation")
    config.hook.pytest_deselected(items=[item for item in items if needs_a_server(item)])
    items[:] = [item for item in items if not needs_a_server(item)]


def needs_a_server(item: pytest.Item) -> bool:
    given = item.callspec.params.values() if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ()
    return "postgres" in getattr(item, "fixturenames", ()) or "postgres" in given
