"""What this process has done, counted as Prometheus reads it."""

from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics, generate_latest

from core.domain.audit import Event, is_notice
from core.ports.database import Database
from core.ports.leases import Claim
from core.ports.mail import Fate
from integrations.prometheus.figures import FiguresCollector

NOTICES = ("break_glass", "override-flow", "remove-override", "shared-email", "denied-often")
MAILS = (*Fate, "again")
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
PEOPLE_TAKE = tuple(timedelta(**t).total_seconds() for t in (
    {"minutes": 1}, {"minutes": 5}, {"minutes": 15}, {"hours": 1}, {"hours": 4}, {"hours": 12}, {"days": 1}, {"days": 3}, {"days": 7}))
STRETCHES_TAKE = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 900)


class Metrics:
    """Labels hold only what we ourselves have named: routes, flows, kinds; never what a request says."""

    def __init__(self, database: Database):
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(FiguresCollector(database))
        self._requests = Counter("placet_requests", "Requests by what they asked for and what they got.", ["method", "route", "status"],
                                 registry=self._registry)
        self._request_seconds = Histogram("placet_request_seconds", "How long requests took.", ["route"], registry=self._registry)
        self._events = Counter("placet_events", "Audit rows written, by kind.", ["kind"], registry=self._registry)
        self._decisions = Counter("placet_decisions", "Approvals that ended: how, and on which surface the last answer was given.",
                                  ["outcome", "surface"], registry=self._registry)
        self._waits = Histogram("placet_decision_seconds", "From the request to its end.", ["outcome"], buckets=PEOPLE_TAKE,
                                registry=self._registry)
        self._refusals = Counter("placet_refusals", "Refused attempts that touch a decision, by why.", ["refusal"], registry=self._registry)
        self._stretches = Counter("placet_stretches", "Stretches of runs that this process worked on.", ["flow"], registry=self._registry)
        self._stretch_seconds = Histogram("placet_stretch_seconds", "How long stretches took.", ["flow"], buckets=STRETCHES_TAKE,
                                          registry=self._registry)
        self._notices = Counter("placet_notices", "What owners are told of, by the kind of its row in the audit.", ["kind"],
                                registry=self._registry)
        for kind in NOTICES:
            self._notices.labels(kind)  # from 0, so that the first one is a rise, too
        self._issuer_asked = Counter("placet_oidc_fetches", "Tries to get the keys of the outside issuer of tokens.", ["outcome"],
                                     registry=self._registry)
        self._deliveries_lost = Counter("placet_deliveries_lost", "Messages that were found and had not been delivered.", ["provider"],
                                        registry=self._registry)
        self._mails = Counter("placet_mails", "Mails, by what became of them, and tries that came to nothing yet.", ["outcome"],
                              registry=self._registry)
        for outcome in MAILS:
            self._mails.labels(outcome)
        self._leases_lost = Counter("placet_leases_lost", "Runs taken over from a worker that did not renew its lease.",
                                    registry=self._registry)

    def request(self, method: str, route: str | None, status: int, seconds: float, execution_id: str | None) -> None:
        """Count a request that was answered; without a route it asked for nothing that there is."""
        named = route or "none"
        self._requests.labels(method if method in METHODS else "other", named, str(status)).inc()
        self._request_seconds.labels(named).observe(seconds)

    def event(self, event: Event) -> None:
        """Count what the audit says, once it is committed."""
        self._events.labels(event.kind).inc()
        if event.kind == "security":
            self._refusals.labels(str(event.facts.get("refusal"))).inc()
        if is_notice(event):
            self._notices.labels(event.kind).inc()
        seconds = event.facts.get("seconds")
        if event.approval_id is not None and isinstance(seconds, int | float):
            outcome = str(event.facts.get("status"))
            self._decisions.labels(outcome, str(event.facts.get("surface") or "none")).inc()
            self._waits.labels(outcome).observe(seconds)

    def stretch(self, claim: Claim, seconds: float) -> None:
        """Count a stretch that is over."""
        if claim.lost:
            self._leases_lost.inc()
        self._stretches.labels(claim.execution.flow).inc()
        self._stretch_seconds.labels(claim.execution.flow).observe(seconds)

    def issuer_asked(self, came: bool) -> None:
        """Count a try to get the keys of the outside issuer."""
        self._issuer_asked.labels("ok" if came else "failed").inc()

    def delivery_lost(self, provider: str) -> None:
        """Count a message that its platform should have delivered and had not."""
        self._deliveries_lost.labels(provider).inc()

    def mail(self, outcome: str) -> None:
        """Count a mail that came to its end, or a try that is made again."""
        self._mails.labels(outcome).inc()

    def close(self) -> None:
        """Keep what was counted: whoever reads it comes by."""

    def render(self) -> bytes:
        return generate_latest(self._registry)
