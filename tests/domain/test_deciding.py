"""Whatever happens to an approval, in whatever order: it ends once, and only by those who may."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.domain.approvals import Approval, Status, Verdict, decide, expire, resolve, withdraw
from core.domain.approvers import Electorate
from core.domain.people import Role
from core.errors import AlreadyDecided, NotAnApprover, SelfApproval
from tests.domain.build import NOON, approval, decision, electorate, member

PEOPLE = ("ann", "bob", "cat", "dan", "eve")
names = st.sampled_from(PEOPLE)


class Deciding(RuleBasedStateMachine):
    """Ann asks; the others own the project, until somebody changes that."""

    @initialize(required=st.integers(1, 3))
    def ask(self, required: int) -> None:
        self.now = NOON
        self.approval = approval(required=required)
        self.roles = {name: Role.OWNER for name in PEOPLE if name != "eve"}
        self.disabled: set[str] = set()
        self.ends: list[Approval] = []
        self.said_yes: set[str] = set()

    @property
    def voters(self) -> Electorate:
        return electorate(*(member(n, r, disabled=n in self.disabled) for n, r in self.roles.items()), excluded=("ann",))

    def may_answer(self, name: str) -> bool:
        return name != "ann" and self.roles.get(name) is Role.OWNER and name not in self.disabled

    @property
    def open(self) -> bool:
        return self.approval.status is Status.PENDING and self.now < self.approval.expires_at

    def take(self, after: Approval) -> None:
        if self.approval.status is Status.PENDING and after.status is not Status.PENDING:
            self.ends.append(after)
        self.approval = after

    @rule(name=names, verdict=st.sampled_from(Verdict))
    def answer(self, name: str, verdict: Verdict) -> None:
        before = self.approval
        try:
            after = decide(before, decision(name, verdict), self.voters, now=self.now)
        except AlreadyDecided:
            assert not self.open
            return
        except (NotAnApprover, SelfApproval):
            assert not self.may_answer(name)
            return
        if after is not before:
            assert self.open
            assert self.may_answer(name)
            if verdict is Verdict.APPROVE:
                self.said_yes.add(name)
            else:
                self.said_yes.discard(name)
                assert after.status is Status.REJECTED
        if after.status is Status.APPROVED and before.status is Status.PENDING:
            assert sum(self.may_answer(n) for n in self.said_yes) >= before.required
        self.take(after)

    @rule(name=names)
    def take_back(self, name: str) -> None:
        try:
            self.take(withdraw(self.approval, name, now=self.now))
        except AlreadyDecided:
            assert not self.open
            return
        self.said_yes.discard(name)

    @rule(minutes=st.sampled_from([0, 1, 30, 60]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def sweep(self) -> None:
        self.take(expire(self.approval, now=self.now) or self.approval)

    @precondition(lambda self: self.open)
    @rule(status=st.sampled_from([Status.REJECTED, Status.CANCELLED, Status.STALE]))
    def end_otherwise(self, status: Status) -> None:
        self.take(resolve(self.approval, status, by=None, reason=None, now=self.now))

    @rule(name=names, role=st.sampled_from([Role.OWNER, Role.MEMBER, None]))
    def change_role(self, name: str, role: Role | None) -> None:
        if role is None:
            self.roles.pop(name, None)
        else:
            self.roles[name] = role

    @rule(name=names)
    def change_disabled(self, name: str) -> None:
        self.disabled ^= {name}

    @invariant()
    def it_ends_at_most_once(self) -> None:
        assert len(self.ends) <= 1
        if self.ends:
            assert self.approval == self.ends[0]

    @invariant()
    def one_person_counts_once(self) -> None:
        people = [a.person_id for a in self.approval.answers]
        assert len(people) == len(set(people))

    @invariant()
    def it_never_ends_after_its_time(self) -> None:
        assert self.approval.resolved_at is None or self.approval.resolved_at <= self.approval.expires_at


Deciding.TestCase.settings = settings(max_examples=150, stateful_step_count=25)
test_an_approval_ends_once_and_only_by_those_who_may = Deciding.TestCase
