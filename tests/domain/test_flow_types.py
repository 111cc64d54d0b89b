"""What a flow type is made of."""

from dataclasses import dataclass

import pytest

from core.domain.flow_types import CATEGORIES, FlowType


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    pass


def flow_type(category: str) -> FlowType:
    return FlowType(id="deploy", name="Deploy", description="", category=category, fields=Nothing, function=print)


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_category_of_the_contract_is_one(category: str) -> None:
    assert flow_type(category).category == category


def test_another_category_is_a_mistake_of_whoever_writes_the_flow() -> None:
    with pytest.raises(ValueError) as refused:
        flow_type("Release")
    assert str(refused.value) == (
        "deploy: category is one of access, environment, release, package, pool, testing, build, repository, scheduled, cascade, other")
