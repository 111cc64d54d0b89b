"""People are told by mail what waits for them and what became of what they asked for: few mails, the right people, and no way to answer."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest

from bot.send_mails import SendMails
from core.domain.executions import Execution
from core.domain.people import Role
from core.ports.mail import Letter
from integrations.smtp.postman import SmtpPostman
from integrations.smtp.server import parse_server
from tests.doubles.mail_server import MailServer, mail_server
from tests.world import BOUNDLESS, PAGE, World

CALLBACK = {"type": "none", "repositoryIdentifier": "acme/app"}


@dataclass
class Office:
    """A company whose people have mail. `outcomes`: what is counted."""

    world: World
    server: MailServer
    page: str | None = PAGE
    outcomes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sender = self.another()

    def another(self, **more: Any) -> SendMails:
        """A process that sends."""
        postman = SmtpPostman(parse_server(f"smtp://127.0.0.1:{self.server.port}"), "placet@acme.org", seconds=2)
        return self.world.mails(postman, self.page, told=self.outcomes.append, **more)

    def passes(self, **duration: float) -> int:
        """Let what has happened be spread, some time go by, and what is due then be sent; return how many mails that were."""
        self.world.deliver()
        self.world.later(**(duration or {"seconds": 21}))
        return self.sender.work()

    def asks(self, task: str = "job-1", **more: Any) -> str:
        return self.world.requests("ann", task, **more).approval.ref

    def switches(self, who: str, *, off: bool) -> bool:
        with self.world.database.begin() as tx:
            return tx.mails.switch(self.world.people[f"{who}@acme.org"].id, off=off)


@pytest.fixture
def office(world: World) -> Iterator[Office]:
    with mail_server() as server:
        yield Office(world, server)


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def html_of(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content())


class Shown(HTMLParser):
    """The words, the tags and the links of a mail."""

    def __init__(self, html: str):
        super().__init__()
        self.words, self.tags, self.links = "", set[str](), list[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [str(value) for name, value in attrs if name in ("href", "src", "action")]

    def handle_data(self, data: str) -> None:
        self.words += data


def asks_for_access(office: Office, **more: Any) -> Execution:
    return office.world.asks_for_access("ann", **{"reason": "Rotate the leaked key", **more})


def test_whoever_may_answer_learns_that_something_waits_and_whoever_asks_does_not(office: Office) -> None:
    run = asks_for_access(office)
    assert office.passes(seconds=19) == 0
    assert office.passes(seconds=2) == 2
    assert {to for to, _ in office.server.got} == {"bob@acme.org", "cat@acme.org"}
    [mail] = office.server.to("bob")
    assert str(mail["Subject"]).startswith("Waits for you: ")
    for said in (text_of(mail), Shown(html_of(mail)).words):
        assert all(each in said for each in ("payments-prod", "ann@acme.org", "Rotate the leaked key", "1 hour", "acme/app", "Lapses"))
        assert "reply" not in said.replace("a reply to it is read by nobody", "")
    assert f"Open in Placet: {PAGE}/requests/{run.id}" in text_of(mail)
    assert Shown(html_of(mail)).links == [f"{PAGE}/requests/{run.id}", f"{PAGE}/account"]


def test_a_mail_says_of_itself_that_a_machine_wrote_it_and_where_it_is_turned_off(office: Office) -> None:
    office.asks()
    office.passes()
    [mail] = office.server.to("bob")
    assert (mail["From"], mail["To"], mail["Auto-Submitted"]) == ("Placet <placet@acme.org>", "bob@acme.org", "auto-generated")
    assert (mail["List-Id"], mail["List-Unsubscribe"]) == ("Placet <placet.acme.org>", f"<{PAGE}/account>")
    assert mail.get_content_type() == "multipart/alternative"
    assert mail["Reply-To"] is None


def test_without_a_public_address_there_is_no_link_and_it_says_where_to_answer(world: World) -> None:
    with mail_server() as server:
        office = Office(world, server, page=None)
        ref = office.asks()
        office.passes()
        [mail] = server.to("bob")
    assert Shown(html_of(mail)).links == []
    assert "http" not in text_of(mail)
    assert f"placet flows approve {ref.lower()}" in text_of(mail)
    assert f"placet flows approve {ref.lower()}" in Shown(html_of(mail)).words


def test_whoever_asked_learns_how_it_went_and_how_it_ended(office: Office) -> None:
    run = asks_for_access(office)
    office.passes()
    office.world.approves("bob", run)
    office.world.work()
    assert office.passes() == 1
    office.world.later(hours=2)
    office.world.work()
    assert office.passes() == 1
    agreed, over = office.server.to("ann")
    assert "approved by bob@acme.org" in str(agreed["Subject"])
    assert "taken back" in text_of(over)
    assert office.outcomes == ["sent"] * 4


def test_a_rejection_is_told_with_its_reason_in_both_parts(office: Office) -> None:
    ref = office.asks()
    office.passes()
    office.world.rejects("cat", ref, reason="two hours are enough, ask again")
    office.passes()
    [mail] = office.server.to("ann")
    assert "rejected by cat@acme.org" in str(mail["Subject"])
    assert "two hours are enough, ask again" in text_of(mail)
    assert "two hours are enough, ask again" in Shown(html_of(mail)).words


def test_a_request_that_lapses_is_told_too(office: Office) -> None:
    asks_for_access(office)
    office.passes()
    office.world.later(days=8)
    office.world.sweep()
    office.world.work()
    office.passes()
    [mail] = office.server.to("ann")
    assert "nobody answered" in str(mail["Subject"])


def test_ten_requests_in_a_minute_are_one_mail(office: Office) -> None:
    for n in range(10):
        office.asks(f"job-{n}")
        office.passes(seconds=6)
    office.passes()
    assert office.server.subjects("bob") == ["10 requests wait for your answer"]
    [mail] = office.server.to("bob")
    assert Shown(html_of(mail)).words.count("waiting for approval") == 10


def test_what_comes_while_a_mail_is_under_way_is_another_mail(office: Office) -> None:
    office.asks()
    office.server.answers = dict.fromkeys(("bob@acme.org", "cat@acme.org"), "450 not now")
    assert office.passes() == 0
    office.asks("job-2")
    office.server.answers = {}
    assert office.passes(seconds=90) == 4
    assert len(office.server.to("bob")) == 2


def test_more_than_twenty_are_counted_and_not_shown(office: Office) -> None:
    office.world.limits = BOUNDLESS
    for n in range(23):
        office.asks(f"job-{n}")
    office.passes()
    [mail] = office.server.to("bob")
    assert Shown(html_of(mail)).words.count("waiting for approval") == 20
    assert f"And 3 more: {PAGE}" in text_of(mail)


def test_what_was_answered_meanwhile_is_not_written_of(office: Office) -> None:
    ref = office.asks()
    office.world.deliver()
    office.world.rejects("bob", ref)
    office.passes()
    assert {to for to, _ in office.server.got} == {"ann@acme.org"}
    assert sorted(office.outcomes) == ["dropped", "dropped", "sent"]


def test_who_has_answered_one_of_two_is_left_alone(office: Office) -> None:
    ref = office.asks()
    with office.world.database.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE approvals SET required = 2")
    office.world.approves("bob", ref)
    office.passes()
    assert {to for to, _ in office.server.got} == {"cat@acme.org"}
    assert "1 of 2" in text_of(office.server.to("cat")[0])


def test_a_group_stands_for_whoever_is_in_it_when_the_mail_goes(office: Office) -> None:
    office.world.group("oncall", "dan", "cat")
    office.asks(approvers=("group:oncall",))
    office.world.deliver()
    office.world.group("oncall", "dan")
    office.passes()
    assert {to for to, _ in office.server.got} == {"dan@acme.org"}


def test_who_is_disabled_has_left_or_turned_it_off_gets_none(office: Office) -> None:
    office.world.person("fay@acme.org", Role.OWNER)
    office.world.person("gus@acme.org", Role.OWNER)
    assert office.switches("fay", off=True)
    assert not office.switches("fay", off=True)
    office.asks()
    office.world.deliver()
    office.world.disable("bob")
    office.world.admit("cat", None)
    office.passes()
    assert {to for to, _ in office.server.got} == {"gus@acme.org"}


def test_whoever_turns_it_off_gets_not_even_what_waits_already_and_whoever_turns_it_on_gets_the_next(office: Office) -> None:
    office.asks()
    office.world.deliver()
    office.switches("bob", off=True)
    office.passes()
    assert office.server.to("bob") == []
    office.switches("bob", off=False)
    office.asks("job-2")
    office.passes()
    assert len(office.server.to("bob")) == 1


def test_a_requester_who_has_left_the_project_is_not_told_of_it(office: Office) -> None:
    ref = office.asks()
    office.world.admit("ann", None)
    office.world.rejects("bob", ref)
    office.passes()
    assert office.server.to("ann") == []


def test_what_people_write_is_neither_a_header_nor_markup(office: Office) -> None:
    evil = "x\r\nBcc: eve@other.org\r\n\r\n<img src=https://other.org/x><script>alert(1)</script>"
    ref = office.asks(context={"taskType": evil, "reason": evil, "<b>": evil})
    office.passes()
    office.world.rejects("bob", ref, reason=evil)
    office.passes()
    assert {to for to, _ in office.server.got} == {"bob@acme.org", "cat@acme.org", "ann@acme.org"}
    for _, mail in office.server.got:
        assert mail["Bcc"] is None
        assert "\n" not in str(mail["Subject"])
        shown = Shown(html_of(mail))
        assert not shown.tags & {"img", "script", "b", "form", "input"}
        assert "<script>alert(1)</script>" in shown.words
        assert all(link.startswith(f"{PAGE}/") for link in shown.links)


@pytest.mark.parametrize("address", ["bob@acme.org\r\nBcc: eve@other.org", "bob@acme.org, eve@other.org", "<bob@acme.org>", "bob", ""])
def test_an_address_that_would_be_more_than_one_is_refused_and_nothing_is_sent(office: Office, address: str) -> None:
    with office.world.database.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE people SET email = '" + address + "' WHERE email = 'bob@acme.org'")
    office.asks()
    office.passes()
    assert {to for to, _ in office.server.got} == {"cat@acme.org"}
    assert sorted(office.outcomes) == ["refused", "sent"]


def test_a_server_that_is_away_gets_the_same_mail_once_it_is_back_and_keeps_nothing_else_waiting(
        office: Office, caplog: pytest.LogCaptureFixture) -> None:
    run = asks_for_access(office)
    office.world.deliver()
    office.world.later(seconds=21)
    with socket.socket() as nobody:  # who has the port and does not listen
        nobody.bind(("127.0.0.1", 0))
        away = SmtpPostman(parse_server(f"smtp://127.0.0.1:{nobody.getsockname()[1]}"), "placet@acme.org", seconds=2)
        sender = office.world.mails(away, told=office.outcomes.append)
        assert (sender.work(), sender.work()) == (0, 0)
    assert office.outcomes == ["again"], "the second of two people would only learn the same"
    assert [record.message for record in caplog.records if record.name == "placet.mail"] == ["mail.not_sent"]
    office.world.approves("bob", run)
    assert office.world.work() == 1, "the run is woken whatever becomes of the mail"
    assert office.passes(minutes=10) == 1
    assert office.server.subjects("ann") != []


def test_the_same_mail_has_the_same_name_at_each_try(office: Office) -> None:
    office.asks()
    office.world.deliver()
    office.world.later(seconds=21)
    names: list[str] = []

    class Forgetful:
        def send(self, letter: Letter) -> None:
            names.append(letter.id)
            raise RuntimeError("the process dies")

    for _ in range(2):
        with pytest.raises(RuntimeError):
            office.world.mails(Forgetful()).work()
        office.world.later(minutes=4)
    with pytest.raises(RuntimeError):
        office.world.mails(Forgetful()).work()
    assert len(names) == 3
    assert len(set(names)) == 2, "bob's and cat's, whoever was first"
    office.passes(minutes=4)
    assert {str(mail["Message-ID"]) for _, mail in office.server.got} == {f"<{name}@acme.org>" for name in names}


def test_who_is_refused_for_good_keeps_nobody_else_from_their_mail(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.server.answers = {"bob@acme.org": "550 no such user"}
    office.asks()
    assert office.passes() == 1
    assert {to for to, _ in office.server.got} == {"cat@acme.org"}
    assert sorted(office.outcomes) == ["refused", "sent"]
    assert [record.levelname for record in caplog.records if record.message == "mail.refused"] == ["ERROR"]
    assert "bob@acme.org" not in caplog.text
    office.server.answers = {}
    assert office.passes(days=1) == 0, "that one is not sent any more"
    office.asks("job-2")
    assert office.passes() == 2, "the next one is"


def test_who_is_not_taken_now_is_tried_again_and_after_three_days_given_up(office: Office) -> None:
    office.server.answers = {"ann@acme.org": "450 greylisted"}
    ref = office.asks()
    office.passes()
    office.world.rejects("bob", ref)
    office.passes()
    assert office.outcomes == ["sent", "sent", "again"]
    for _ in range(3):
        office.passes(days=1)
    office.passes(hours=2)
    assert office.outcomes[-1] == "refused"
    office.server.answers = {}
    assert office.passes(days=1) == 0


def test_two_processes_at_once_send_each_mail_once(office: Office) -> None:
    for n in range(5):
        office.asks(f"job-{n}")
    office.world.deliver()
    office.world.later(seconds=21)
    start = threading.Barrier(3)

    def sends(sender: SendMails) -> None:
        start.wait()
        sender.work()

    threads = [threading.Thread(target=sends, args=(office.another(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(to for to, _ in office.server.got) == ["bob@acme.org", "cat@acme.org"]


def test_what_looks_like_a_secret_is_in_no_mail(world: World) -> None:
    with mail_server() as server:
        office = Office(world, server)
        run = asks_for_access(office, reason="it is token=ghp_0123456789abcdef0123456789abcdef0123")
        office.passes()
        world.rejects("bob", run, reason="ghp_abcdef0123456789abcdef0123456789abcd is why")  # pragma: allowlist secret
        office.passes()
        everything = "".join(text_of(mail) + html_of(mail) + str(mail["Subject"]) for _, mail in server.got)
    assert len(server.got) == 3
    assert "ghp_0123" not in everything
    assert "ghp_abcd" not in everything


def test_what_was_sent_a_month_ago_is_forgotten(office: Office) -> None:
    office.asks()
    office.passes()
    office.world.later(days=31)
    office.asks("job-2")
    office.passes()
    assert office.world.rows("SELECT count(*) FROM mails") == [(2,)]
