"""Requests that schemathesis makes of the served document, some of them aimed at what there is; and a count of what they met."""

import os
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.python.asgi import ASGIClient
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from tests.contract.stage import WISHES, Stage

ApiOperation = APIOperation[Any, Any, Any, Any]
Request = Case[ApiOperation]
SOAK = bool(os.environ.get("PLACET_TEST_SOAK"))
SEED = int(os.environ.get("PLACET_TEST_SEED", time.time()))
REQUESTS = 10_000 if SOAK else 2_000  # of each role
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
MOVE_ON = 20  # after so many requests, what is due runs
AIMS = ("at what there is", "at what it is for", "at what it is for, and more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuzz:
    """`who` sends it, under that header. `met`: how often each operation answered with each status."""

    stage: Stage
    who: str
    headers: Mapping[str, str]
    met: dict[str, Counter[int]] = field(default_factory=dict)

    def send(self, operation: ApiOperation, requests: int, number: int) -> None:
        """Send so many requests to an operation, half of them as they were made, and hold each answer against the document."""
        session = ASGIClient(self.stage.edge.app)  # type: ignore[arg-type]  # a FastAPI is one, though its types are wider
        session.trust_env = False
        name = str(operation.definition.raw["operationId"]).removeprefix("FlowsController_")
        met = self.met.setdefault(name, Counter())

        def call(case: Request) -> None:
            answer = case.call(session=session, headers=dict(self.headers))
            met[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)
            if sum(met.values()) % MOVE_ON == 0:
                self.stage.edge.world.work()

        @seed(SEED + number)
        @settings(max_examples=-(-requests // 2), database=None, deadline=None, phases=[Phase.generate], print_blob=False,
                  suppress_health_check=list(HealthCheck), verbosity=Verbosity.quiet)
        @given(case=cases(operation), aim=st.sampled_from(AIMS), turn=st.integers(0, 2**32))
        def sent(case: Request, aim: str, turn: int) -> None:
            call(case)
            self.aim(case, name, aim, turn)
            call(case)

        sent()

    def aim(self, case: Request, name: str, aim: str, turn: int) -> None:
        """Let a request name what there is, and perhaps say what it takes to do something there."""
        wish, known = WISHES[name](self.stage, self.who), self.stage.known()
        path = dict(wish.path)
        if aim == "at what there is" and "id" in path:
            path["id"] = known[turn % len(known)]
        case.path_parameters.update(path)
        case.query = dict(wish.query) if aim == "at what it is for" else {**case.query, **wish.query}
        if aim != "at what there is" and wish.body is not None:
            case.body = merged(case.body if aim.endswith("and more") else {}, wish.body)
            case.media_type = "application/json"


def merged(more: Any, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Put what is wanted over more than that, in the objects within, too."""
    over = more if isinstance(more, dict) else {}
    return {**over, **{name: merged(over.get(name), value) if isinstance(value, Mapping) else value for name, value in wanted.items()}}


def cases(operation: ApiOperation) -> st.SearchStrategy[Request]:
    """What the document allows, and what it does not."""
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    return st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])


def operations(document: Mapping[str, Any]) -> list[ApiOperation]:
    schema = openapi.from_dict(dict(document))
    schema.config.generation.update(with_security_parameters=False)  # who sends it is said by us
    return [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
