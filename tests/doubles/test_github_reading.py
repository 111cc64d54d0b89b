"""The double of GitHub knows what a reader sees of a comment, and whom it notifies."""

import pytest

from tests.doubles.github.reading import read


@pytest.mark.parametrize("body", [
    "@ann", "thanks (@ann)", "\\@ann", "&#64;ann", "**@ann**", "> @ann", "- @ann", "<b>@ann</b>", "| a |\n|---|\n| @ann |", "x\n@ann, y"])
def test_whoever_is_named_is_told(body: str) -> None:
    assert read(body).mentions == ["ann"]


@pytest.mark.parametrize("body", [
    "`@ann`", "```\n@ann\n```", "ann@acme.org", "@<!-- -->ann", "@\u200bann", "[@ann](https://acme.org)", "<!-- @ann -->", "    @ann"])
def test_what_only_looks_like_a_name_tells_nobody(body: str) -> None:
    assert read(body).mentions == []


def test_a_team_is_named_with_its_organization() -> None:
    assert read("@acme/deployers and @ann").mentions == ["acme/deployers", "ann"]


@pytest.mark.parametrize(("body", "links"), [
    ("[here](https://acme.org/a)", ["https://acme.org/a"]), ("see https://acme.org/a", ["https://acme.org/a"]),
    ("see www.acme.org", ["www.acme.org"]), ("<https://acme.org>", ["https://acme.org"]), ('<a href="https://acme.org">x</a>', ["https://acme.org"]),
    ("`https://acme.org`", []), ("\\[here\\](a)", [])])
def test_links_are_found(body: str, links: list[str]) -> None:
    assert read(body).links == links


def test_images_and_references_are_found() -> None:
    assert read("![x](https://acme.org/x.png)").images == ["https://acme.org/x.png"]
    assert read('<img src="https://acme.org/x.png" alt="x">').images == ["https://acme.org/x.png"]
    assert read("#7, acme/app#8 and GH-9, not `#10`").references == ["#7", "acme/app#8", "GH-9"]


def test_a_reader_sees_lines_without_their_marks() -> None:
    seen = read("### Deploy?\n\n**What** x &lt;b&gt;\n- one\n- two<!-- marker -->")

    assert seen.text == "Deploy?\nWhat x <b>\none\ntwo"
    assert seen.headings == ["Deploy?"]
