"""Deployments that wait, with a ledger of the answers."""

from dataclasses import dataclass, field

from core.engine.answer_deployment import Deployment
from core.flows.context import Effect, EffectRefused


@dataclass
class FakeDeployments:
    """`starters`: by account. `answers`: what was said, once each. `away`: so many calls to come fail. `gone`: nothing waits any more."""

    starters: list[str] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)
    away: int = 0
    gone: bool = False
    accounts: str = "github"

    def started_by(self, deployment: Deployment, seconds: float) -> list[str]:
        self._answer()
        return list(self.starters)

    def allow(self, deployment: Deployment, comment: str, effect: Effect) -> None:
        self._answer()
        if self.gone:
            raise EffectRefused("nothing waits there any more")
        self.answers.append((f"allow {deployment.environment}", comment))

    def refuse(self, deployment: Deployment, comment: str, effect: Effect) -> None:
        self._answer()
        if not self.gone:
            self.answers.append((f"refuse {deployment.environment}", comment))

    def _answer(self) -> None:
        if self.away:
            self.away -= 1
            raise ConnectionError("no answer")
