"""A run is followed through whatever happens to the service."""

import pytest

from api.cli.answers import LogLine
from api.cli.follow import PATIENCE, Lost, Moved, follow
from api.cli.problems import Code, Problem
from api.cli.service import Service, open_service
from tests.cli.command_line import token_of
from tests.cli.double import ServiceDouble
from tests.cli.shapes import RUN, part_body, run_body

AWAY = {"statusCode": 503, "message": "The database does not answer.", "error": "Service Unavailable"}


def client_of(double: ServiceDouble) -> Service:
    return open_service({"PLACET_URL": double.url, "PLACET_TOKEN": token_of("ann@example.com")})


def test_a_service_that_was_away_for_a_while_loses_no_line(service: ServiceDouble) -> None:
    service.on(f"GET {RUN}", run_body())
    stream = f"GET {RUN}/logs/stream"
    service.on(stream, part_body("one", status="running", offset=1))
    service.on(stream, AWAY, 503)
    service.on(stream, AWAY, 503)
    service.on(stream, part_body("two", status="running", offset=2))
    service.on(stream, part_body(status="running", offset=2, completed=True))
    pauses: list[float] = []
    happened = list(follow(client_of(service), RUN, pause=pauses.append))
    assert [h.message for h in happened if isinstance(h, LogLine)] == ["one", "two"]
    assert [h.sentence for h in happened if isinstance(h, Lost)] == ["The database does not answer."]
    assert [h.run.id for h in happened if isinstance(h, Moved)] == [RUN]
    assert len(pauses) == 2


def test_a_service_that_stays_away_is_given_up(service: ServiceDouble) -> None:
    service.on(f"GET {RUN}", run_body())
    service.on(f"GET {RUN}/logs/stream", part_body(status="running", offset=0))
    service.on(f"GET {RUN}/logs/stream", AWAY, 503)
    pauses: list[float] = []
    with pytest.raises(Problem) as caught:
        list(follow(client_of(service), RUN, pause=pauses.append))
    assert caught.value.code is Code.UNREACHABLE
    assert len(pauses) == 1 + PATIENCE


def test_a_refusal_ends_it_at_once(service: ServiceDouble) -> None:
    service.on(f"GET {RUN}/logs/stream", {"statusCode": 404, "message": "There is no run of this id.", "error": "Not Found"}, 404)
    with pytest.raises(Problem) as caught:
        list(follow(client_of(service), RUN, pause=lambda _: None))
    assert (caught.value.code, caught.value.sentence) == (Code.REFUSED, "There is no run of this id.")
