"""Who may answer a request."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.approvers import Electorate, widens
from core.domain.people import Member, Role
from core.errors import NotAnApprover, RoleTooLow, SelfApproval
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
    answers = [answer(name) for name in ("ann", "bob", "cat", "dan", "eve")]
    assert [a.person_id for a in voters.counted(answers)] == ["bob"]


def in_groups(name: str, *groups: str, role: Role = Role.MEMBER, disabled: bool = False) -> Member:
    return replace(member(name, role, disabled=disabled), groups=frozenset(groups))


def test_whoever_is_in_a_named_group_answers_and_others_do_not() -> None:
    voters = electorate(in_groups("dan", "ops"), in_groups("eve", "qa"), member("bob"), named=("group:ops",))
    assert eligible(voters) == ["dan"]
    for who in ("eve", "bob"):
        with pytest.raises(NotAnApprover) as refused:
            voters.refuse_unless_eligible(who)
        assert refused.value.approvers == ("group:ops",)


def test_a_group_gives_no_role_and_lets_nobody_in_who_is_disabled() -> None:
    assert eligible(electorate(in_groups("ci", "ops", role=Role.APPLICATION), in_groups("dan", "ops", disabled=True),
                               named=("group:ops",))) == []


def test_whoever_asks_does_not_answer_for_a_group_either() -> None:
    voters = electorate(in_groups("dan", "ops"), in_groups("eve", "ops"), named=("group:ops",), excluded=("dan",))
    assert eligible(voters) == ["eve"]
    with pytest.raises(SelfApproval):
        voters.refuse_unless_eligible("dan")


def test_people_and_groups_are_named_beside_each_other() -> None:
    voters = electorate(in_groups("dan", "ops"), member("eve", Role.MEMBER), member("bob"), named=("group:ops", "EVE@acme.org"))
    assert eligible(voters) == ["dan", "eve"]


def test_one_who_is_named_for_a_group_answers_only_while_in_it() -> None:
    named, among = ("dan@acme.org",), ("group:ops",)
    assert eligible(replace(electorate(in_groups("dan", "ops"), named=named), among=among)) == ["dan"]
    assert eligible(replace(electorate(member("dan", Role.MEMBER), named=named), among=among)) == []


@pytest.mark.parametrize(("wanted", "widened"), [
    (("group:ops",), False), (("dan@acme.org",), False), (("DAN@acme.org", "group:ops"), False), (("cat@acme.org",), False),
    (("group:qa",), True), (("group:OPS",), True), (("eve@acme.org",), True), (("dan@acme.org", "eve@acme.org"), True),
    (("group:ops", "group:qa"), True)], ids=str)
def test_approvers_are_narrowed_by_a_person_of_a_group_and_not_by_another_group(wanted: tuple[str, ...], widened: bool) -> None:
    members = [in_groups("dan", "ops", "qa"), in_groups("eve", "qa")]
    assert widens(wanted, ("group:ops", "cat@acme.org"), members) is widened


def test_who_answers_for_others_is_an_owner_who_has_not_asked() -> None:
    voters = electorate(member("bob"), member("cat"), member("dan", Role.MEMBER), member("gus", disabled=True), excluded=("cat",))
    voters.refuse_unless_acting("bob")
    for who in ("dan", "gus", "eve"):
        with pytest.raises(RoleTooLow):
            voters.refuse_unless_acting(who)
    with pytest.raises(SelfApproval):
        voters.refuse_unless_acting("cat")


def test_an_answer_that_was_given_for_somebody_counts_while_both_may() -> None:
    yes = [answer("bob", acted_by="cat@acme.org", acted_by_id="cat")]
    bob, cat = member("bob"), member("cat")
    assert electorate(bob, cat).counted(yes) == yes
    for changed in ((replace(bob, role=Role.MEMBER), cat), (bob, replace(cat, role=Role.MEMBER)), (bob, member("cat", disabled=True)),
                    (bob,)):
        assert electorate(*changed).counted(yes) == []
    assert electorate(bob, cat, excluded=("cat",)).counted(yes) == []


PEOPLE, GROUPS = ("ann", "bob", "cat", "dan"), ("ops", "qa", "dev")
APPROVERS = [*(f"{name}@acme.org" for name in PEOPLE), *(f"group:{name}" for name in GROUPS)]
some = st.lists(st.sampled_from(APPROVERS), max_size=4).map(tuple)
casts = st.fixed_dictionaries({name: st.builds(
    lambda name, role, disabled, groups: replace(member(name, role, disabled=disabled), groups=frozenset(groups)),
    st.just(name), st.sampled_from([Role.OWNER, Role.MEMBER]), st.booleans(), st.sets(st.sampled_from(GROUPS))) for name in PEOPLE})


@given(cast=casts, named=some, among=some, excluded=st.sets(st.sampled_from(PEOPLE)))
def test_whoever_is_eligible_is_named_in_person_or_by_a_group_and_has_not_asked(
        cast: dict[str, Member], named: tuple[str, ...], among: tuple[str, ...], excluded: set[str]) -> None:
    voters = Electorate(named=named, among=among, excluded=frozenset(excluded), self_approval=False, members=cast)
    for each in voters.eligible():
        own = {each.person.email, *(f"group:{name}" for name in each.groups)}
        assert not each.person.disabled
        assert each.person.id not in excluded
        assert own & set(named) if named else each.role is Role.OWNER
        assert not named or not among or own & set(among)
    may = {m.person.id for m in voters.eligible()}
    for who in PEOPLE:
        try:
            voters.refuse_unless_eligible(who)
        except (NotAnApprover, SelfApproval):
            assert who not in may
        else:
            assert who in may


@given(cast=casts, allowed=some.filter(bool), wanted=some.filter(bool), now=casts)
def test_a_narrowed_request_lets_nobody_answer_whom_the_flow_does_not_name_whatever_the_groups_become(
        cast: dict[str, Member], allowed: tuple[str, ...], wanted: tuple[str, ...], now: dict[str, Member]) -> None:
    if widens(wanted, allowed, cast.values()):
        return
    narrowed = Electorate(named=wanted, among=allowed, excluded=frozenset(), self_approval=False, members=now)
    whole = Electorate(named=allowed, excluded=frozenset(), self_approval=False, members=now)
    assert {m.person.id for m in narrowed.eligible()} <= {m.person.id for m in whole.eligible()}


@given(cast=casts, named=some, person=st.sampled_from(PEOPLE), group=st.sampled_from(GROUPS))
def test_leaving_a_group_makes_nobody_an_approver(cast: dict[str, Member], named: tuple[str, ...], person: str, group: str) -> None:
    left = {**cast, person: replace(cast[person], groups=cast[person].groups - {group})}
    before, after = (Electorate(named=named, excluded=frozenset(), self_approval=False, members=each) for each in (cast, left))
    assert set(eligible(after)) <= set(eligible(before))
