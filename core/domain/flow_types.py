"""What is known of a kind of flow: how it is named, filled, asked for and tried."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.domain.parameters import Parameter, parameters
from core.domain.steps import Retry

CATEGORIES = ("access", "environment", "release", "package", "pool", "testing", "build", "repository", "scheduled", "cascade", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowType:
    """`function(context, parameters)` is the flow's code; `version` rises with it, so that an older process leaves newer runs alone.

    `approvers` (e-mails), where named, are the only ones who may answer. `self_approval`: whoever asks may answer, too.
    `asks`: whether people are asked before anything happens; None: it does not say. `missing`: what has to be set up before it runs here.
    """

    id: str
    name: str
    description: str
    category: str
    fields: type[Any]
    function: Callable[..., Any]
    version: int = 1
    retry: Retry = field(default_factory=Retry)
    approvers: tuple[str, ...] = ()
    required: int = 1
    self_approval: bool = False
    asks: bool | None = None
    missing: str | None = None

    def __post_init__(self) -> None:
        if self.category not in CATEGORIES:
            raise ValueError(f"{self.id}: category is one of {', '.join(CATEGORIES)}")

    def parameters(self) -> tuple[Parameter, ...]:
        return parameters(self.fields)
