"""Which overrides would close a circle."""

from core.domain.flow_settings import FlowSetting, leads_back


def overrides(**by: str | None) -> dict[str, FlowSetting]:
    return {flow: FlowSetting(flow=flow, override=override) for flow, override in by.items()}


def test_a_type_in_its_own_place_is_a_circle() -> None:
    assert leads_back({}, "a", "a")


def test_a_chain_that_ends_is_none() -> None:
    assert not leads_back({}, "a", "b")
    assert not leads_back(overrides(b="c", c=None), "a", "b")
    assert not leads_back(overrides(a="x", b="c", c="d"), "a", "b")


def test_a_chain_that_comes_back_is_one_however_long() -> None:
    assert leads_back(overrides(b="a"), "a", "b")
    assert leads_back(overrides(b="c", c="d", d="a"), "a", "b")


def test_a_circle_that_is_there_already_comes_to_an_end() -> None:
    assert leads_back(overrides(b="c", c="b"), "a", "b")
