"""How the work stands, read from the database whenever Prometheus asks."""

from collections.abc import Iterator
from datetime import timedelta

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.engine.undo_step import ALERT_AFTER
from core.errors import Unavailable
from core.ports.database import Database, Transaction

AGES = {"0": timedelta(), "1h": timedelta(hours=1), "4h": timedelta(hours=4), "1d": timedelta(days=1), "3d": timedelta(days=3)}
MOST_STUCK = 1_000


class FiguresCollector(Collector):
    def __init__(self, database: Database):
        self._database = database

    def describe(self) -> list[Metric]:
        """Name nothing beforehand, so that the database is not asked before the first scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give nothing but `placet_database_up 0` while the database does not answer: old figures would look like new ones."""
        up = GaugeMetricFamily("placet_database_up", "Whether the database answers.")
        try:
            with self._database.read() as tx:
                figures = list(_figures(tx))
        except Unavailable:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from figures


def _figures(tx: Transaction) -> Iterator[Metric]:
    now = tx.now()
    approvals = GaugeMetricFamily("placet_open_approvals", "Open approvals that are at least so old.", labels=["age"])
    for age, count in zip(AGES, tx.figures.open_approvals(now, list(AGES.values())), strict=True):
        approvals.add_metric([age], count)
    yield approvals
    depth = GaugeMetricFamily("placet_outbox_depth", "Effects that are not delivered yet.", labels=["kind"])
    oldest = GaugeMetricFamily("placet_outbox_age_seconds", "How long the oldest of them has waited.", labels=["kind"])
    for waiting in tx.figures.outbox():
        depth.add_metric([waiting.kind], waiting.depth)
        oldest.add_metric([waiting.kind], max(0.0, (now - waiting.since).total_seconds()))
    yield depth
    yield oldest
    count, since = tx.figures.due(now)
    yield GaugeMetricFamily("placet_runs_due", "Runs that are due and claimed by nobody.", value=count)
    yield GaugeMetricFamily("placet_runs_due_age_seconds", "How long the first of them has been due.",
                            value=max(0.0, (now - since).total_seconds()) if since else 0)
    yield GaugeMetricFamily("placet_cards_failed", "Conversations that do not take the card of an open request.",
                            value=tx.figures.failed_cards())
    arrived, oldest_arrival, set_aside = tx.inbox.counts()
    yield GaugeMetricFamily("placet_inbox_depth", "Deliveries that are not handled yet.", value=arrived)
    yield GaugeMetricFamily("placet_inbox_age_seconds", "How long the oldest of them has waited.",
                            value=max(0.0, (now - oldest_arrival).total_seconds()) if oldest_arrival else 0)
    yield GaugeMetricFamily("placet_inbox_set_aside", "Deliveries that were given up and can be replayed.", value=set_aside)
    unsent, oldest_note = tx.mails.counts()
    yield GaugeMetricFamily("placet_mail_depth", "What people are to be told by mail and were not yet.", value=unsent)
    yield GaugeMetricFamily("placet_mail_age_seconds", "How long the oldest of it has waited.",
                            value=max(0.0, (now - oldest_note).total_seconds()) if oldest_note else 0)
    yield GaugeMetricFamily("placet_callbacks_set_aside", "Callbacks that nobody tries to deliver any more and that can be replayed.",
                            value=tx.callbacks.given_up())
    yield GaugeMetricFamily("placet_undos_stuck", "Steps that could not be taken back in 5 tries or more.",
                            value=len(tx.figures.stuck_undos(ALERT_AFTER, MOST_STUCK)))
