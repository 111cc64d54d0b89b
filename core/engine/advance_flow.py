"""Claim a run that is due and run one stretch of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.domain.executions import Status
from core.domain.json import Json, to_json
from core.domain.parameters import restore_parameters
from core.engine.concealment import secrets_in
from core.engine.context import Replay
from core.engine.settle_run import return_run, wind_up
from core.engine.stretch import Ended, EndOfStretch, FlowChanged, Interrupted, LostLease, Parked, Stretch, TooLong, Workshop
from core.errors import CoreError, Invalid, Unavailable
from core.flows.context import NotApproved, StepFailed
from core.ports.leases import Claim

MOST_LOST = 20


@dataclass(frozen=True, slots=True)
class AdvanceFlow:
    shop: Workshop

    def claim(self, execution_id: str | None = None) -> Claim | None:
        """Take a run whose turn it is; None if there is none."""
        with self.shop.database.begin() as tx:
            return tx.leases.claim(self.shop.registry.versions(), self.shop.lease, execution_id)

    def run(self, claim: Claim, pulse: Callable[[], None] = lambda: None) -> None:
        """Go on with a claimed run until it parks, is settled, or is another worker's."""
        with self.shop.database.read() as tx:
            journal = tx.journal.read(claim.execution.id)
        stretch = Stretch(shop=self.shop, claim=claim, journal=journal, pulse=pulse, secrets=self._secrets(claim))
        try:
            outcome = claim.execution.outcome or self._walk(stretch)
            wind_up(stretch, outcome)
        except Ended:
            self._let_go(stretch)
        except (Parked, LostLease, Interrupted, Unavailable):
            return

    def _walk(self, stretch: Stretch) -> Status:
        """Call the flow from its beginning; return the outcome it comes to."""
        try:
            result = self._call(stretch)
        except BaseException as error:
            return self._failed(stretch, stretch.over or error)  # whatever the flow made of it: why its stretch is over counts
        return_run(stretch, Status.COMPLETED, result=result)
        return Status.COMPLETED

    def _failed(self, stretch: Stretch, error: BaseException) -> Status:
        match error:
            case FlowChanged() | TooLong():
                stretch.over = None
            case EndOfStretch():
                raise error
            case Unavailable():
                raise Interrupted from None
        return_run(stretch, Status.FAILED, error=_sentence(error))
        return Status.FAILED

    def _secrets(self, claim: Claim) -> dict[str, Json]:
        """Return the run's secrets, to be kept out of what it says; none where the key is gone, so that it still can be undone."""
        try:
            return self.shop.vault.open(claim.execution.secrets)
        except CoreError:
            return {}

    def _call(self, stretch: Stretch) -> Mapping[str, Json]:
        execution = stretch.execution
        if stretch.claim.lost >= MOST_LOST:
            raise RuntimeError(f"{MOST_LOST} workers in a row died while they ran this, without getting any further")
        flow = self.shop.registry.flows[execution.flow]
        self.shop.vault.open(execution.secrets)
        context = Replay(stretch, flow)
        result = flow.function(context, restore_parameters(flow.fields, {**execution.payload, **stretch.secrets}))
        if stretch.over is not None:
            raise stretch.over
        context.refuse_leftovers()
        stretch.learn(secrets_in(result))
        shown = to_json(result)
        return shown if isinstance(shown, Mapping) else {} if shown is None else {"value": shown}

    def give_up(self, claim: Claim, error: str) -> None:
        """Fail a run whose flow does not come back. Its worker keeps the lease until that passes, then the run is undone."""
        stretch = Stretch(shop=self.shop, claim=claim, journal={}, pulse=lambda: None, secrets=self._secrets(claim))
        try:
            return_run(stretch, Status.FAILED, error=error)
        except EndOfStretch:
            return

    def _let_go(self, stretch: Stretch) -> None:
        """The outcome was set by somebody else, who rang: come back and undo."""
        stretch.over = None
        try:
            with stretch.fenced(ended_too=True) as (tx, held):
                stretch.park(tx, held, tx.now())
        except EndOfStretch:
            return


def _sentence(error: BaseException) -> str:
    match error:
        case FlowChanged() | TooLong() | NotApproved() | StepFailed() if str(error):
            return str(error)
        case Invalid(problems):
            return " ".join(problems)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
