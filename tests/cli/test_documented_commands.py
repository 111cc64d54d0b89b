"""What README, the operators' page and the alerts tell people to type is there, with its options."""

import re
from itertools import takewhile
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CONTRIBUTING.md", "manifests/operating.md", "manifests/prometheus/alerts.yaml", "manifests/compose.yaml",
         "manifests/systemd/placet.service", "manifests/placet.toml")
_COMMAND = re.compile(r"`placet ((?:[a-z][a-z-]*)(?: [^`]*)?)`")
_WORD = re.compile("[a-z][a-z-]*")
_OPTION = re.compile(r"--[a-z][a-z-]+")


def commands() -> set[str]:
    return {found[1] for page in PAGES for found in _COMMAND.finditer((ROOT / page).read_text())}


@pytest.mark.parametrize("command", sorted(commands()))
def test_what_people_are_told_to_type_is_a_command(command: str) -> None:
    first, *others = (part.split() for part in command.split("|"))
    for words in (first, *([first[0], *other] for other in others)):
        name = list(takewhile(_WORD.fullmatch, words))
        told = CommandLine({"COLUMNS": "200"})(*name, "--help")
        assert told.code == 0, told.err
        assert f"placet {' '.join(name)} " in told.out
        assert all(option in told.out for option in _OPTION.findall(" ".join(words)))
