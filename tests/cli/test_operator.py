"""The operator's commands, on a database of their own."""

import json
import sqlite3
from pathlib import Path

import pytest

from api.cli.claims import read_claims
from tests.cli.command_line import CommandLine, Ended

Audit = list[tuple[str, dict[str, object]]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def placet(home: Path) -> CommandLine:
    return CommandLine({"PLACET_HOME": str(home)})


@pytest.fixture
def company(placet: CommandLine) -> CommandLine:
    placet("people", "add", "ann@example.com", "--name", "Ann")
    placet("people", "add", "bob@example.com")
    placet("projects", "add", "acme/app", "--owner", "ann@example.com")
    placet("projects", "admit", "acme/app", "bob@example.com")
    return placet


def audit(home: Path) -> Audit:
    with sqlite3.connect(home / "placet.db") as database:
        rows = database.execute("SELECT kind, facts FROM audit ORDER BY at, seq").fetchall()
    return [(kind, json.loads(facts)) for kind, facts in rows]


def refused(ended: Ended) -> str:
    assert ended.code in (1, 2)
    assert ended.out == ""
    assert ended.err.count("\n") == 1
    return ended.err.strip()


def test_a_persons_mail_is_turned_off_and_on(company: CommandLine, home: Path) -> None:
    assert company("people", "mail", "bob@example.com", "off").out == "bob@example.com gets no mail from now on.\n"
    assert json.loads(company("people", "mail", "bob@example.com", "off", "--json").out) == {"email": "bob@example.com", "mail": "off"}
    assert company("people", "mail", "bob@example.com", "on").out == "bob@example.com is told by mail from now on.\n"
    assert [facts["off"] for kind, facts in audit(home) if kind == "mail"] == [True, False], "what was so already is not told again"
    assert "Nobody here has the address" in refused(company("people", "mail", "eve@example.com", "off"))


def test_people_are_added_and_listed(company: CommandLine) -> None:
    assert [line.split() for line in company("people", "list").out.splitlines()] == [
        ["e-mail", "name"], ["ann@example.com", "Ann"], ["bob@example.com", "bob"]]
    assert json.loads(company("people", "list", "--json").out) == [
        {"email": "ann@example.com", "name": "Ann", "disabled": False}, {"email": "bob@example.com", "name": "bob", "disabled": False}]


def test_a_person_is_disabled_and_enabled(company: CommandLine) -> None:
    assert company("people", "disable", "BOB@example.com").out == "bob@example.com is disabled.\n"
    assert "disabled" in company("projects", "show", "acme/app").out
    assert company("people", "enable", "bob@example.com").out == "bob@example.com is enabled.\n"
    assert "disabled" not in company("people", "list").out


def test_one_address_is_one_person(company: CommandLine) -> None:
    ended = company("people", "add", "ANN@Example.com")
    assert ended.code == 1
    assert refused(ended) == "ANN@Example.com is there already: `placet people list` shows everybody."


@pytest.mark.parametrize("email", [
    "ann", "ann@", "*@example.com", "a@example.com,b@example.com", "ann@example.com\n", "Ann <ann@example.com>"])
def test_what_is_no_address_is_refused(placet: CommandLine, email: str) -> None:
    ended = placet("people", "add", email)
    assert ended.code == 2
    assert refused(ended) == f"{email!r} is no e-mail address."


@pytest.mark.parametrize("name", ["Ann\x1b[2J", "Ann\nBob", "A" * 201])
def test_a_name_stays_on_one_line(placet: CommandLine, name: str) -> None:
    assert refused(placet("people", "add", "ann@example.com", "--name", name)) == "A name is up to 200 characters, on one line."


def test_bytes_that_are_no_text_are_refused(placet: CommandLine) -> None:
    assert refused(placet("people", "add", "ann@example.com", "--name", "Ann\udcff")) == r"'Ann\udcff' is no text in UTF-8."


def test_a_link_signs_in_at_the_page_and_is_kept_as_a_hash_only(company: CommandLine, home: Path) -> None:
    link = company("people", "login-link", "bob@example.com").out.strip()
    address, _, text = link.partition("?link=")
    assert address == "http://127.0.0.1:8484/sign-in"
    assert len(text) >= 43
    with sqlite3.connect(home / "placet.db") as database:
        kept = str(database.execute("SELECT * FROM login_links").fetchall()) + str(database.execute("SELECT facts FROM audit").fetchall())
    assert text not in kept
    assert ("login-link", "bob@example.com") in [(kind, facts.get("email")) for kind, facts in audit(home)]


def test_one_who_is_unknown_or_disabled_gets_no_link(company: CommandLine) -> None:
    assert "Nobody here has the address" in refused(company("people", "login-link", "eve@example.com"))
    company("people", "disable", "bob@example.com")
    assert "is disabled" in refused(company("people", "login-link", "bob@example.com"))


def test_a_project_shows_who_belongs_to_it(company: CommandLine) -> None:
    assert json.loads(company("projects", "show", "ACME/app", "--json").out) == {"identifier": "acme/app", "people": [
        {"email": "ann@example.com", "name": "Ann", "role": "owner", "disabled": False},
        {"email": "bob@example.com", "name": "bob", "role": "member", "disabled": False}]}
    assert json.loads(company("projects", "list", "--json").out) == [
        {"identifier": "acme/app", "owners": ["ann@example.com"], "members": ["bob@example.com"]}]


def test_a_role_is_changed_and_taken(company: CommandLine) -> None:
    bob = ("acme/app", "bob@example.com")
    assert company("projects", "admit", *bob, "--role", "owner").out == "bob@example.com is owner of acme/app now.\n"
    assert company("projects", "remove", *bob).out == "bob@example.com is not in acme/app any more.\n"
    assert refused(company("projects", "remove", *bob)) == (
        "bob@example.com is not in acme/app: `placet projects show acme/app` shows who is.")


def test_a_project_whose_owner_is_unknown_is_not_made(company: CommandLine, home: Path) -> None:
    before = audit(home)
    ended = company("projects", "add", "acme/other", "--owner", "ann@example.com", "--owner", "eve@example.com")
    assert ended.code == 1
    assert refused(ended) == "Nobody here has the address eve@example.com: `placet people add eve@example.com` makes them known."
    assert "acme/other" not in company("projects", "list").out
    assert audit(home) == before


@pytest.mark.parametrize("identifier", ["", "a b", "acme/", "/app", "acme/app\x1b[0m", "a/b/c/d/e", "*"])
def test_what_is_no_project_is_refused(placet: CommandLine, identifier: str) -> None:
    ended = placet("projects", "add", identifier)
    assert ended.code == 2
    assert "\x1b" not in refused(ended)


def test_an_unknown_project_is_refused(company: CommandLine) -> None:
    for arguments in (["show", "no/pe"], ["admit", "no/pe", "bob@example.com"], ["remove", "no/pe", "bob@example.com"]):
        assert refused(company("projects", *arguments)) == "There is no project no/pe: `placet projects add no/pe` makes it."


def test_a_token_is_printed_once_and_kept_nowhere(company: CommandLine, home: Path) -> None:
    ended = company("tokens", "mint", "--person", "bob@example.com", "--project", "ACME/App")
    token = ended.out.strip()
    assert read_claims(token).subject == "bob@example.com"
    assert read_claims(token).projects == ("acme/app",)
    assert token not in ended.err
    listed = json.loads(company("tokens", "list", "--json").out)
    assert [(t["subject"], t["role"], t["projects"], t["revokedAt"]) for t in listed] == [("bob@example.com", "owner", ["acme/app"], None)]
    assert f"placet tokens revoke {listed[0]['id']}" in ended.err
    signature = token.rpartition(".")[2].encode()
    assert not any(signature in file.read_bytes() for file in home.iterdir())


def test_tokens_are_revoked_by_id_or_by_whose_they_are(company: CommandLine) -> None:
    for _ in range(3):
        company("tokens", "mint", "--person", "bob@example.com")
    first = json.loads(company("tokens", "list", "--json").out)[0]["id"]
    assert company("tokens", "revoke", first).out == "1 revoked.\n"
    assert company("tokens", "revoke", "Bob@example.com").out == "2 revoked.\n"
    assert refused(company("tokens", "revoke", first)).startswith(f"No token of {first} is accepted now: ")
    assert company("tokens", "list").out.count("revoked") == 3


@pytest.mark.parametrize(("arguments", "sentence"), [
    ([], "A token is for a person or for an application: give --person EMAIL or --application NAME."),
    (["--person", "bob@example.com", "--application", "ci"],
     "A token is for a person or for an application: give --person EMAIL or --application NAME."),
    (["--person", "eve@example.com"], "Nobody here has the address eve@example.com: `placet people add eve@example.com` makes them known."),
    (["--person", "bob@example.com", "--hours", "0"], "A token lasts up to 8784 hours."),
    (["--person", "bob@example.com", "--hours", "1e9"], "A token lasts up to 8784 hours."),
    (["--person", "bob@example.com", "--hours", "nan"], "A token lasts up to 8784 hours."),
    (["--person", "bob@example.com", "--project", "no/pe"], "There is no project no/pe: `placet projects add no/pe` makes it."),
    (["--person", "bob@example.com", "--execution", "x"], "--execution narrows an application's token: give --application NAME with it."),
    (["--application", "ci", "--execution", "x"], "There is no run x: give its whole id."),
    (["--application", "ann@example.com"], "'ann@example.com' names no application: letters, digits and . _ -, up to 100."),
])
def test_a_token_that_makes_no_sense_is_not_minted(company: CommandLine, arguments: list[str], sentence: str) -> None:
    assert refused(company("tokens", "mint", *arguments)) == sentence
    assert json.loads(company("tokens", "list", "--json").out) == []


def test_a_disabled_person_gets_no_token(company: CommandLine) -> None:
    company("people", "disable", "bob@example.com")
    assert refused(company("tokens", "mint", "--person", "bob@example.com")) == (
        "bob@example.com is disabled: `placet people enable bob@example.com` comes first.")


def test_every_change_leaves_an_audit_row_that_names_the_operator(company: CommandLine, home: Path) -> None:
    company("people", "disable", "bob@example.com")
    company("people", "disable", "bob@example.com")
    company("people", "enable", "bob@example.com")
    company("tokens", "mint", "--application", "ci", "--hours", "1")
    company("tokens", "revoke", "ci")
    company("projects", "remove", "acme/app", "bob@example.com")
    company("people", "list")
    rows = audit(home)
    assert [kind for kind, _ in rows] == [
        "add-person", "add-person", "add-project", "admit-person", "admit-person", "disable-person", "enable-person", "mint-token",
        "revoke-token", "remove-person"]
    assert all(facts["operator"] for _, facts in rows)


def test_nobody_has_access_in_a_new_installation(placet: CommandLine) -> None:
    assert placet("grants").out == "Nobody has access now.\n"
    assert json.loads(placet("grants", "--json").out) == []


def test_the_home_is_its_users_alone(placet: CommandLine, home: Path) -> None:
    placet("people", "list")
    assert oct(home.stat().st_mode & 0o777) == "0o700"
    assert all(oct(file.stat().st_mode & 0o077) == "0o0" for file in home.iterdir() if file.suffix in (".key", ".pem"))


def test_a_person_is_linked_to_who_they_are_elsewhere(company: CommandLine, home: Path) -> None:
    linked = company("people", "link", "BOB@example.com", "github", "583231", "OctoBob")
    assert (linked.code, linked.out) == (0, "BOB@example.com is OctoBob (583231) at github.\n")
    assert [line.split() for line in company("people", "links").out.splitlines()] == [
        ["e-mail", "at", "id", "login"], ["bob@example.com", "github", "583231", "OctoBob"]]
    company("people", "link", "bob@example.com", "github", "583231", "octobob-2")
    company("people", "link", "ann@example.com", "github", "7", "OCTOBOB-2")
    assert json.loads(company("people", "links", "--json").out) == [
        {"email": "ann@example.com", "provider": "github", "id": "7", "login": "OCTOBOB-2"},
        {"email": "bob@example.com", "provider": "github", "id": "583231", "login": None}]
    assert refused(company("people", "link", "ann@example.com", "github", "583231", "x")) == (
        "github 583231 is bob@example.com: `placet people unlink github 583231` comes first.")
    assert company("people", "unlink", "github", "583231").out == "bob@example.com is no more 583231 at github.\n"
    assert company("people", "link", "ann@example.com", "github", "583231", "x").code == 0
    assert [kind for kind, _ in audit(home) if kind.endswith("link-person")] == ["link-person"] * 3 + ["unlink-person", "link-person"]


def test_a_person_is_linked_to_a_subject_of_the_issuer_that_is_set(company: CommandLine, home: Path) -> None:
    of_issuer = CommandLine({**company.environ, "PLACET_OIDC_ISSUER": "https://login.example.com", "PLACET_OIDC_AUDIENCE": "placet",
                             "PLACET_OIDC_MEMBER_VALUES": "staff"})
    linked = of_issuer("people", "link", "bob@example.com", "oidc", "00u-17|x")
    assert (linked.code, linked.out) == (0, "bob@example.com is 00u-17|x at oidc:https://login.example.com.\n")
    assert json.loads(company("people", "links", "--json").out) == [
        {"email": "bob@example.com", "provider": "oidc:https://login.example.com", "id": "00u-17|x", "login": None}]
    here = "oidc:https://login.example.com 00u-17|x"
    assert refused(of_issuer("people", "link", "ann@example.com", "oidc", "00u-17|x")) == (
        f"{here} is bob@example.com: `placet people unlink {here}` comes first.")
    for wrong in (("",), ("a\nb",), ("x" * 301,), ("7", "a-login")):
        assert "names nobody there" in refused(of_issuer("people", "link", "ann@example.com", "oidc", *wrong))
    assert of_issuer("people", "unlink", "oidc", "00u-17|x").out == "bob@example.com is no more 00u-17|x at oidc:https://login.example.com.\n"
    of_issuer("people", "link", "ann@example.com", "oidc", "u-1")
    assert company("people", "unlink", "oidc:https://login.example.com", "u-1").code == 0
    assert [kind for kind, _ in audit(home)][-4:] == ["link-person", "unlink-person", "link-person", "unlink-person"]


def test_without_an_issuer_nobody_is_linked_to_its_subjects(company: CommandLine) -> None:
    said = "PLACET_OIDC_ISSUER is not set: nobody can be linked to a subject of it."
    assert refused(company("people", "link", "bob@example.com", "oidc", "u-1")) == said
    assert refused(company("people", "unlink", "oidc", "u-1")) == said


@pytest.mark.parametrize(("arguments", "sentence"), [
    (("link", "eve@example.com", "github", "7", "eve"), "Nobody here has the address eve@example.com"),
    (("link", "ann@example.com", "github", "octocat", "octocat"), "'octocat' and 'octocat' name nobody there"),
    (("link", "ann@example.com", "github", "7", "a/b"), "'7' and 'a/b' name nobody there"),
    (("link", "ann@example.com", "gitlab", "7", "ann"), "Invalid value for"),
    (("unlink", "github", "7"), "github 7 is nobody here: `placet people links` shows who is.")], ids=str)
def test_nobody_is_linked_by_mistake(company: CommandLine, arguments: tuple[str, ...], sentence: str) -> None:
    assert refused(company("people", *arguments)).startswith(sentence)
