"""What is known of a kind of flow: how it is named, filled, asked for and tried."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from core.domain.approvals import USUAL, Risk
from core.domain.parameters import Fields, Parameter, parameters
from core.domain.steps import Retry

CATEGORIES = ("access", "environment", "release", "package", "pool", "testing", "build", "repository", "scheduled", "cascade", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """Where runs of a CI/CD type are handed to: they run there and report back within `timeout`. No secret stands in `target`."""

    provider: str
    target: Mapping[str, str]
    timeout: timedelta

    @property
    def place(self) -> dict[str, str]:
        """Where that is, as people approve it."""
        return {"provider": self.provider, **self.target}


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowType:
    """`function(context, parameters)` is the flow's code; `version` rises with it, so that an older process leaves newer runs alone.

    `approvers` (e-mails or `group:<name>`), where named, are the only ones who may answer. `self_approval`: whoever asks may answer, too.
    `break_glass`: its approval may be skipped in an emergency.
    `asks`: whether people are asked before anything happens; None: it does not say. `missing`: what has to be set up before it runs here.
    """

    id: str
    name: str
    description: str
    category: str
    fields: Fields
    function: Callable[..., Any]
    version: int = 1
    retry: Retry = field(default_factory=Retry)
    approvers: tuple[str, ...] = ()
    required: int = 1
    timeout: timedelta = USUAL
    risk: Risk = Risk.NORMAL
    self_approval: bool = False
    break_glass: bool = False
    asks: bool | None = None
    missing: str | None = None
    dispatch: Dispatch | None = None

    def __post_init__(self) -> None:
        if self.category not in CATEGORIES:
            raise ValueError(f"{self.id}: category is one of {', '.join(CATEGORIES)}")

    @property
    def high_risk(self) -> bool:
        return self.risk is Risk.HIGH

    @property
    def configured(self) -> bool:
        """Tell whether it comes from the configuration, which may change while its runs wait: they go on as they were asked for."""
        return isinstance(self.fields, tuple)

    def parameters(self) -> tuple[Parameter, ...]:
        return parameters(self.fields)
