"""Traces of what this process does: all spans of a run are one trace, whose id is the execution's."""

import time
from collections.abc import Mapping
from threading import Thread
from uuid import UUID

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, StatusCode, TraceFlags, set_span_in_context

from core.domain.audit import Event
from core.ports.leases import Claim

LAST_SECONDS = 2.0  # for what is not sent yet, when the process ends
FAULT = 500


class Traces:
    """Spans are made when what they tell of is over, so nothing else in the house knows of them. `endpoint`: of OTLP over HTTP."""

    def __init__(self, endpoint: str, version: str):
        self._provider = TracerProvider(resource=Resource.create({"service.name": "placet", "service.version": version}),
                                        shutdown_on_exit=False)  # the process ends by `close`, which does not wait for long
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint.rstrip("/") + "/v1/traces")))
        self._tracer = self._provider.get_tracer("placet")

    def request(self, method: str, route: str | None, status: int, seconds: float, execution_id: str | None) -> None:
        said: dict[str, str | int] = {"http.request.method": method, "http.route": route or "", "http.response.status_code": status}
        self._span(f"{method} {route or 'none'}", seconds, execution_id, said, kind=SpanKind.SERVER, failed=status >= FAULT)

    def event(self, event: Event) -> None:
        """Tell what the audit says of a run, by kind and outcome; who did it stays there."""
        if event.execution_id is not None:
            outcome = event.facts.get("status")
            self._span(f"audit {event.kind}", 0, event.execution_id, {"placet.kind": event.kind, "placet.outcome": str(outcome or "")})

    def stretch(self, claim: Claim, seconds: float) -> None:
        run = claim.execution
        self._span(f"stretch {run.flow}", seconds, run.id, {"placet.flow": run.flow, "placet.attempt": claim.attempt})

    def close(self) -> None:
        """Send what is left, if that goes quickly."""
        ending = Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(LAST_SECONDS)

    def _span(self, name: str, seconds: float, execution_id: str | None, said: Mapping[str, str | int], *,
              kind: SpanKind = SpanKind.INTERNAL, failed: bool = False) -> None:
        end = time.time_ns()
        attributes = {**said, **({"placet.execution_id": execution_id} if execution_id else {})}
        span = self._tracer.start_span(name, _trace_of(execution_id), kind, attributes, start_time=end - int(seconds * 1e9))
        if failed:
            span.set_status(StatusCode.ERROR)
        span.end(end)


def _trace_of(execution_id: str | None) -> Context:
    """Return the trace of a run, or none: then the span begins one of its own."""
    if execution_id is None:
        return Context()
    number = UUID(execution_id).int
    parent = SpanContext(trace_id=number, span_id=number & (1 << 64) - 1, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return set_span_in_context(NonRecordingSpan(parent), Context())
