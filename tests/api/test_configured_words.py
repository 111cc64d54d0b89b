"""`[[project]]`: the words of a project, checked at the start, printed on its cards, and read on its pages."""

from pathlib import Path

import pytest

from api.wiring.configuration import configured
from bot.words import Meaning
from tests.api.test_config import installed, mistakes, written
from tests.cli.command_line import CommandLine
from tests.databases import SqliteTemplate
from tests.pages.browse import browsing
from tests.world import World

GERMAN = """\
[[project]]
identifier = "acme/app"
languages = ["de"]
approve = ["make it so"]
reject = ["nyet"]
"""


@pytest.fixture
def world(sqlite: SqliteTemplate, tmp_path: Path) -> World:
    return World(sqlite.copy(tmp_path)).company()


def test_a_project_has_the_words_of_its_languages_and_its_own(world: World, tmp_path: Path) -> None:
    words = configured(installed(world, tmp_path, GERMAN)).words
    assert {"genehmigt", "ja", "make it so", "approve"} <= set(words.of("Acme/App").accepted(Meaning.APPROVE))
    assert {"abgelehnt", "nyet"} <= set(words.of("acme/app").accepted(Meaning.REJECT))
    assert "genehmigt" not in words.of("other/app").accepted(Meaning.APPROVE)


def test_every_mistake_in_a_project_is_told_with_its_line(world: World, tmp_path: Path) -> None:
    assert mistakes(world, tmp_path, """\
[[project]]
identifier = "acme/nowhere"
languages = [
  "de",
  "dd",
]

[[project]]
identifier = "acme/app"
approve = [
  "so be it",
  "no",
  "@all",
]
reject = "nyet"

[[project]]
identifier = "ACME/app"
reject = ["so be it"]
words = ["x"]

[[project]]
languages = ["de"]
""") == [
        "placet.toml:2: there is no project acme/nowhere: `placet projects add` makes one.",
        "placet.toml:5: there are no words of dd; it is one of de, es, fr, pt, ja, zh.",
        "placet.toml:15: reject must be a list of at most 50 texts.",
        "placet.toml:18: the project ACME/app stands in line 8 already.",
        "placet.toml:20: a project has no field words; it is one of identifier, languages, approve, reject.",
        "placet.toml:22: this project has no identifier.",
    ]
    assert mistakes(world, tmp_path, """\
[[project]]
identifier = "acme/app"
languages = ["de"]
approve = [
  "so be it",
  "no",
  "@all",
]
reject = ["so be it", "genehmigt"]
""") == [
        "placet.toml:6: 'no' cannot mean both reject and approve.",
        "placet.toml:7: '@all' cannot be a word that counts.",
        "placet.toml:9: 'genehmigt' cannot mean both approve and reject.",
        "placet.toml:9: 'so be it' cannot mean both approve and reject.",
    ]


def test_the_page_tells_the_words_and_reads_them(database_url: str, tmp_path: Path) -> None:
    world = World(database_url).company()
    world.close()
    with browsing(database_url, tmp_path, config=str(written(tmp_path, GERMAN))) as web:
        run = web.world.asks_for_access()
        ref = web.world.approval(run).approval.ref.lower()
        shown = web.browser("bob").see(f"/requests/{ref}").words
        assert "approve is also" in shown
        assert "genehmigt" in shown
        web.browser("bob").submit(f"/requests/{ref}", f"/requests/{ref}/say", text="genehmigt")
        assert web.world.approval(run).approval.status == "approved"


def test_the_check_lists_what_counts_where(tmp_path: Path) -> None:
    placet = CommandLine({"PLACET_HOME": str(tmp_path), "PLACET_CONFIG": str(written(tmp_path, GERMAN))})
    assert "there is no project acme/app" in placet("config", "check").err
    placet("people", "add", "ann@example.com")
    placet("projects", "add", "acme/app", "--owner", "ann@example.com")
    told = placet("config", "check").out
    assert "project acme/app: approve is also" in told
    assert "genehmigt" in told
    assert "nyet" in told
