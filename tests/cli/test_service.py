"""Whatever the service does, or is not, ends as one sentence with its exit code."""

import socket

import pytest

from tests.cli.command_line import CommandLine, Ended, token_of
from tests.cli.double import ServiceDouble

ANN = token_of("ann@example.com")


def one_sentence(ended: Ended) -> str:
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert ended.err.count("\n") == 1
    return ended.err.strip()


def test_without_a_token_it_says_how_to_get_one() -> None:
    ended = CommandLine()("approvals")
    assert ended.code == 2
    assert one_sentence(ended) == "PLACET_TOKEN is not set: have a token minted with `placet tokens mint --person YOU`, and export it."


@pytest.mark.parametrize("url", ["127.0.0.1:8484", "ftp://host", "http://", "http://[", "http://host:port"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    ended = CommandLine({"PLACET_URL": url, "PLACET_TOKEN": ANN})("approvals")
    assert ended.code == 2
    assert one_sentence(ended) == f"PLACET_URL must be like http://127.0.0.1:8484, got {url!r}."


def test_nobody_listening_is_not_reachable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        ended = CommandLine({"PLACET_URL": url, "PLACET_TOKEN": ANN})("approvals")
    assert ended.code == 3
    assert one_sentence(ended).startswith(f"No answer from {url} (")
    assert one_sentence(ended).endswith("see that `placet serve` runs there, or set PLACET_URL.")


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[]", {"something": "else"}])
def test_another_kind_of_service_is_told_apart(service: ServiceDouble, placet: CommandLine, body: object) -> None:
    service.on("GET approvals/pending", body)
    ended = placet("approvals")
    assert ended.code == 3
    assert one_sentence(ended) == f"What answers at {service.url} does not speak as Placet does: check PLACET_URL."


def test_a_refused_token_says_where_a_new_one_comes_from(service: ServiceDouble, placet: CommandLine) -> None:
    service.on("GET approvals/pending", {"statusCode": 401, "message": "unauthorized", "error": "Unauthorized"}, 401)
    ended = placet("approvals")
    assert ended.code == 1
    assert "placet tokens mint --person YOU" in one_sentence(ended)


def test_a_refusal_is_passed_on_as_the_service_words_it(service: ServiceDouble, placet: CommandLine) -> None:
    refusal = {"statusCode": 403, "message": "Only bob@example.com can answer this one.", "error": "Forbidden"}
    service.on("POST approvals/K7Q2M9/approve", refusal, 403)
    ended = placet("flows", "approve", "K7Q2M9")
    assert ended.code == 1
    assert one_sentence(ended) == "Only bob@example.com can answer this one."


def test_several_sentences_stand_on_one_line(service: ServiceDouble, placet: CommandLine) -> None:
    service.on("POST run", {"statusCode": 400, "message": ["a is missing.", "b is missing."], "error": "Bad Request"}, 400)
    assert one_sentence(placet("flows", "run", "deploy")) == "a is missing. b is missing."


def test_escapes_in_a_refusal_are_shown_and_not_obeyed(service: ServiceDouble, placet: CommandLine) -> None:
    service.on("POST run", {"statusCode": 400, "message": "There is no flow type \x1b[2J\u202e.", "error": "Bad Request"}, 400)
    assert one_sentence(placet("flows", "run", "deploy")) == r"There is no flow type \x1b[2J\u202e."


def test_a_service_that_is_away_is_not_reachable_and_says_when_to_come_back(service: ServiceDouble, placet: CommandLine) -> None:
    service.on("GET approvals/pending", {"statusCode": 503, "message": "The database does not answer.", "error": "x"}, 503, Retry_After="5")
    ended = placet("approvals")
    assert ended.code == 3
    assert one_sentence(ended) == "The database does not answer. Try again in 5 s."


def test_a_broken_gateway_is_not_reachable(service: ServiceDouble, placet: CommandLine) -> None:
    service.on("GET approvals/pending", b"<html>bad gateway</html>", 502)
    ended = placet("approvals")
    assert ended.code == 3
    assert one_sentence(ended) == f"{service.url} cannot answer now (502): try again in a moment."


def test_an_id_never_leads_to_another_address(service: ServiceDouble, placet: CommandLine) -> None:
    assert placet("flows", "show", "../approvals/pending").code == 1
    assert placet("flows", "show", "..").code == 2
    assert [a.path for a in service.asked] == ["..%2Fapprovals%2Fpending"]


@pytest.mark.parametrize("arguments", [["flows", "approve"], ["flows", "fly"], ["--fast"], ["flows", "list", "--limit", "101"]])
def test_a_command_that_is_typed_wrong_is_refused_with_the_way_to_its_help(placet: CommandLine, arguments: list[str]) -> None:
    ended = placet(*arguments)
    assert ended.code == 2
    assert one_sentence(ended).endswith(" --help`.")


def test_a_token_that_names_nobody_is_refused_before_anything_is_sent(service: ServiceDouble) -> None:
    for token in ("secret", "a.b.c", token_of(""), "x\x1b[0m"):  # pragma: allowlist secret
        ended = CommandLine({"PLACET_URL": service.url, "PLACET_TOKEN": token})("flows", "approve", "K7Q2M9")
        assert ended.code == 2
        assert one_sentence(ended).startswith("PLACET_TOKEN holds no token of Placet")
    assert service.asked == []
