"""Values and their one way to be written."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.approvals import Status
from core.domain.json import Json, camel, canonical, parse_timestamp, timestamp, to_json

texts = st.text()
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=15)


def shuffled(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: shuffled(value[k]) for k in reversed(list(value))}
    return [shuffled(v) for v in value] if isinstance(value, list) else value


@given(values)
def test_what_is_written_canonically_reads_back_the_same(value: Json) -> None:
    assert json.loads(canonical(value)) == value


@given(values)
def test_there_is_one_way_to_write_a_value(value: Json) -> None:
    assert canonical(shuffled(value)) == canonical(value)
    assert canonical(json.loads(canonical(value))) == canonical(value)


@given(values, values)
def test_different_values_are_written_differently(one: Json, other: Json) -> None:
    if json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True):
        assert canonical(one) != canonical(other)


def test_it_is_written_without_spaces_and_in_utf_8() -> None:
    assert canonical({"b": [1, 2.5, None, True], "a": "ü"}) == '{"a":"ü","b":[1,2.5,null,true]}'.encode()


def test_half_a_surrogate_pair_has_a_digest_too() -> None:
    assert canonical("\ud800") != canonical("\ud801")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_json_is_not_written(value: float) -> None:
    with pytest.raises(ValueError):
        canonical(value)
    with pytest.raises(TypeError):
        to_json({"deep": [value]})


@dataclass(frozen=True)
class Inner:
    at_most: timedelta


@dataclass(frozen=True)
class Outer:
    first_name: str
    asked_at: datetime
    inner: Inner
    status: Status
    tags: tuple[str, ...] = ()


def test_values_of_ours_become_json_in_the_contracts_spelling() -> None:
    at = datetime(2026, 1, 31, 13, tzinfo=timezone(timedelta(hours=1)))
    value = Outer("Ann", at, Inner(timedelta(minutes=1.5)), Status.STALE, ("a",))
    assert to_json(value) == {
        "firstName": "Ann", "askedAt": "2026-01-31T12:00:00.000Z", "inner": {"atMost": 90.0}, "status": "stale", "tags": ["a"]}


@pytest.mark.parametrize("value", [object(), {1: "a"}, {"a": {2: "b"}}, b"bytes", {"a"}, Outer, 1j], ids=lambda value: type(value).__name__)
def test_what_has_no_json_form_is_a_mistake_of_the_code(value: object) -> None:
    with pytest.raises(TypeError):
        to_json(value)


@pytest.mark.parametrize(("value", "sentence"), [
    (float("nan"), "NaN and infinity have no JSON form"), (float("-inf"), "NaN and infinity have no JSON form"),
    ({1: "one"}, "the keys of a JSON object are text"), ([{"a": {1}}], "set has no JSON form"), (b"", "bytes has no JSON form")], ids=str)
def test_what_has_no_json_form_is_named(value: object, sentence: str) -> None:
    with pytest.raises(TypeError) as refused:
        to_json(value)
    assert str(refused.value) == sentence


@given(values)
def test_json_is_json_already(value: Json) -> None:
    assert to_json(value) == value


def test_a_time_is_written_in_utc_with_milliseconds() -> None:
    assert timestamp(datetime(2026, 1, 31, 12, 0, 0, 123_999, tzinfo=UTC)) == "2026-01-31T12:00:00.123Z"
    assert timestamp(datetime(2026, 1, 31, tzinfo=UTC)) == "2026-01-31T00:00:00.000Z"


@pytest.mark.parametrize("text", [
    "2026-01-31T12:00:00Z", "2026-01-31T12:00:00", "2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00.000000Z"])
def test_a_time_without_a_zone_is_utc(text: str) -> None:
    assert parse_timestamp(text) == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert parse_timestamp(text).tzinfo is UTC


@pytest.fixture
def elsewhere() -> Iterator[None]:
    """A machine whose own time is not UTC."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "America/New_York"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_a_time_without_a_zone_is_utc_wherever_the_machine_stands() -> None:
    assert parse_timestamp("2026-01-31T12:00:00") == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert timestamp(parse_timestamp("2026-07-31T12:00:00+02:00")) == "2026-07-31T10:00:00.000Z"


def test_a_time_that_utc_cannot_tell_is_said() -> None:
    with pytest.raises(ValueError, match=r"^0001-01-01T00:00:00\+14:00 is before the year 1 or after the year 9999 in UTC$"):
        parse_timestamp("0001-01-01T00:00:00+14:00")


@pytest.mark.parametrize("text", ["", "noon", "2026-13-01T00:00:00Z", "2026-02-30", "12:00", "1767225600", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_timestamp(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_reads_back_to_the_millisecond(at: datetime) -> None:
    read = parse_timestamp(timestamp(at))
    assert read == at.replace(microsecond=at.microsecond // 1000 * 1000)
    assert timestamp(read) == timestamp(at)


def test_names_become_the_contracts() -> None:
    assert [camel(n) for n in ("duration_minutes", "id", "target_org", "a_b_c")] == ["durationMinutes", "id", "targetOrg", "aBC"]
