"""Who may answer a request."""

import pytest

from core.domain.approvers import Electorate
from core.domain.people import Role
from core.errors import NotAnApprover, SelfApproval
from tests.domain.build import answer, electorate, member


def eligible(voters: Electorate) -> list[str]:
    return sorted(m.person.id for m in voters.eligible())


def test_owners_answer_where_nobody_is_named() -> None:
    voters = electorate(member("bob"), member("cat"), member("dan", Role.MEMBER))
    assert eligible(voters) == ["bob", "cat"]
    with pytest.raises(NotAnApprover) as refused:
        voters.refuse_unless_eligible("dan")
    assert refused.value.approvers == ("bob@acme.org", "cat@acme.org")


def test_nobody_named_is_never_everybody() -> None:
    assert eligible(electorate(member("dan", Role.MEMBER), member("eve", Role.MEMBER))) == []


def test_those_named_answer_and_an_owner_who_is_not_named_does_not() -> None:
    voters = electorate(member("bob"), member("dan", Role.MEMBER), named=("dan@acme.org",))
    assert eligible(voters) == ["dan"]
    with pytest.raises(NotAnApprover) as refused:
        voters.refuse_unless_eligible("bob")
    assert refused.value.approvers == ("dan@acme.org",)


def test_a_name_in_another_case_is_the_same_person() -> None:
    assert eligible(electorate(member("dan", Role.MEMBER), named=("DAN@Acme.ORG",))) == ["dan"]


def test_a_named_person_without_a_role_in_the_project_does_not_answer() -> None:
    voters = electorate(member("bob"), named=("eve@other.org",))
    assert eligible(voters) == []
    with pytest.raises(NotAnApprover):
        voters.refuse_unless_eligible("eve")


def test_an_application_is_no_approver() -> None:
    assert eligible(electorate(member("ci", Role.APPLICATION))) == []
    assert eligible(electorate(member("ci", Role.APPLICATION), named=("ci@acme.org",))) == []


@pytest.mark.parametrize("named", [(), ("bob@acme.org",)])
def test_a_disabled_person_does_not_answer(named: tuple[str, ...]) -> None:
    voters = electorate(member("bob", disabled=True), named=named)
    assert eligible(voters) == []
    with pytest.raises(NotAnApprover):
        voters.refuse_unless_eligible("bob")


@pytest.mark.parametrize("excluded", ["bob", "bob@acme.org"], ids=["by id", "by e-mail"])
@pytest.mark.parametrize("named", [(), ("bob@acme.org", "cat@acme.org")], ids=["default", "named"])
def test_whoever_asks_does_not_answer(excluded: str, named: tuple[str, ...]) -> None:
    voters = electorate(member("bob"), member("cat"), named=named, excluded=(excluded,))
    assert eligible(voters) == ["cat"]
    with pytest.raises(SelfApproval):
        voters.refuse_unless_eligible("bob")


def test_a_new_e_mail_makes_nobody_another_person() -> None:
    renamed = electorate(member("bob", email="robert@acme.org"), excluded=("bob", "bob@acme.org"))
    with pytest.raises(SelfApproval):
        renamed.refuse_unless_eligible("bob")


def test_an_excluded_e_mail_is_found_in_any_case() -> None:
    with pytest.raises(SelfApproval):
        electorate(member("bob", email="Bob@ACME.org"), excluded=("bob@acme.org",)).refuse_unless_eligible("bob")


def test_a_flow_type_may_let_people_answer_for_themselves() -> None:
    voters = electorate(member("bob"), excluded=("bob", "bob@acme.org"), self_approval=True)
    voters.refuse_unless_eligible("bob")
    assert eligible(voters) == ["bob"]


def test_self_approval_makes_nobody_an_approver_who_is_none() -> None:
    with pytest.raises(NotAnApprover):
        electorate(member("dan", Role.MEMBER), excluded=("dan",), self_approval=True).refuse_unless_eligible("dan")


def test_an_outsider_who_asked_is_told_only_that_they_are_no_approver() -> None:
    with pytest.raises(NotAnApprover):
        electorate(member("bob"), excluded=("eve",)).refuse_unless_eligible("eve")


def test_only_the_answers_of_those_who_may_are_counted() -> None:
    voters = electorate(member("bob"), member("cat", disabled=True), member("dan", Role.MEMBER), member("ann"), excluded=("ann",))
    given = [answer(name) for name in ("ann", "bob", "cat", "dan", "eve")]
    assert [a.person_id for a in voters.counted(given)] == ["bob"]
