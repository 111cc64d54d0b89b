"""The page's own thread, which is a conversation like any other."""

from typing import Any

from bot.gates import Gate
from bot.outcome import Outcome
from core.domain.executions import Execution
from core.domain.messages import PAGE, Author, Message
from core.domain.people import Role
from tests.bot.conversation import Conversation
from tests.world import new_id


def types(talk: Conversation, who: str, run: Execution, text: str, *, as_whom: str | None = None, role: Role = Role.OWNER,
          **more: Any) -> Outcome:
    """Somebody types into the thread of a run's page; `as_whom`: as the message claims."""
    claimed = talk.world.caller(as_whom or who).person
    assert claimed is not None
    author = Author(provider=PAGE, id=claimed.id, login=claimed.email, name=claimed.name, human=True)
    given: dict[str, Any] = {
        "id": new_id(), "provider": PAGE, "conversation": f"page:{run.id}", "place": "", "author": author, "text": text,
        "written_at": talk.world.now(), "addressed": True}
    return talk.handle.handle(Message(**given | more), caller=talk.world.caller(who, role))


def thread(talk: Conversation, run: Execution) -> list[tuple[str, str]]:
    with talk.world.database.read() as tx:
        return [(heard.author, heard.text) for heard in tx.messages.of_run(run.id, 50)]


def test_what_is_typed_there_counts_and_is_kept_with_everything_else_that_is_said(talk: Conversation) -> None:
    run = talk.world.asks_for_access("ann")
    assert types(talk, "dan", run, "is this about the incident?").said == ()
    assert types(talk, "dan", run, "approve").said == ("Only bob@acme.org and cat@acme.org can answer this one.",)
    assert types(talk, "bob", run, "approve") == Outcome(acknowledged=True)
    assert talk.status(run) == "approved"
    assert thread(talk, run) == [("Dan", "is this about the incident?"), ("Dan", "approve"), ("Bob", "approve")]
    assert talk.world.approval(run).approval.answers[0].surface == PAGE


def test_a_form_that_is_sent_twice_is_one_message(talk: Conversation) -> None:
    run = talk.world.asks_for_access("ann")
    nonce = new_id()
    assert types(talk, "dan", run, "approve", id=nonce).said != ()
    assert types(talk, "dan", run, "approve", id=nonce) == Outcome(ignored=Gate.HEARD_BEFORE)
    assert len(thread(talk, run)) == 1


def test_nobody_speaks_in_anothers_name_or_on_a_page_that_they_do_not_see(talk: Conversation) -> None:
    run = talk.world.asks_for_access("ann")
    assert types(talk, "dan", run, "approve", as_whom="bob") == Outcome(ignored=Gate.NOT_SEEN)
    assert types(talk, "eve", run, "approve") == Outcome(ignored=Gate.NOT_SEEN)
    assert types(talk, "bob", run, "approve", conversation="page:nothing") == Outcome(ignored=Gate.NOT_SEEN)
    assert (talk.status(run), thread(talk, run)) == ("pending", [])


def test_a_session_that_is_capped_answers_no_more_than_it_may(talk: Conversation) -> None:
    run = talk.world.asks_for_access("ann")
    assert types(talk, "bob", run, "approve", role=Role.MEMBER).said == ("Only cat@acme.org can answer this one.",)
    assert talk.status(run) == "pending"


def test_the_requester_ends_the_access_early_there(talk: Conversation) -> None:
    run = talk.world.asks_for_access("ann")
    types(talk, "bob", run, "approve")
    talk.world.work()
    [told] = types(talk, "ann", run, f"cancel {talk.ref(run)}").said
    assert told.endswith("is cancelled. What it gave is being taken back.")
    assert talk.world.see(run).execution.outcome == "cancelled"


def test_another_runs_request_is_not_answered_from_here(talk: Conversation) -> None:
    here, there = talk.world.asks_for_access("ann"), talk.world.asks_for_access("ann", targetOrg="uat")
    [told] = types(talk, "bob", here, f"approve {talk.ref(there)}").said
    assert told.startswith("No request here has the ref")
    assert (talk.status(here), talk.status(there)) == ("pending", "pending")
