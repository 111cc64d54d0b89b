"""When an expression fires, and what is none."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.cron import FIELDS, FURTHEST, BadExpression, next_after, parse_cron

MONDAY = datetime(2026, 6, 1, 10, 30, tzinfo=UTC)


def times(expression: str, count: int = 3, after: datetime = MONDAY) -> list[str]:
    found: list[str] = []
    for _ in range(count):
        at = next_after(parse_cron(expression), after)
        assert at is not None
        found.append(f"{at:%Y-%m-%d %H:%M}")
        after = at
    return found


@pytest.mark.parametrize(("expression", "expected"), [
    ("* * * * *", ["2026-06-01 10:31", "2026-06-01 10:32", "2026-06-01 10:33"]),
    ("30 10 * * *", ["2026-06-02 10:30", "2026-06-03 10:30", "2026-06-04 10:30"]),
    ("*/20 11 * * *", ["2026-06-01 11:00", "2026-06-01 11:20", "2026-06-01 11:40"]),
    ("5/25 11 * * *", ["2026-06-01 11:05", "2026-06-01 11:30", "2026-06-01 11:55"]),
    ("0 9-17/4 * * *", ["2026-06-01 13:00", "2026-06-01 17:00", "2026-06-02 09:00"]),
    ("0 0 * * mon-fri", ["2026-06-02 00:00", "2026-06-03 00:00", "2026-06-04 00:00"]),
    ("0 0 * * FRI-sun", ["2026-06-05 00:00", "2026-06-06 00:00", "2026-06-07 00:00"]),
    ("0 0 * * MON-Sun", ["2026-06-02 00:00", "2026-06-03 00:00", "2026-06-04 00:00"]),
    ("0 0 * * sun-sun", ["2026-06-07 00:00", "2026-06-14 00:00", "2026-06-21 00:00"]),
    ("0 0 * * 7", ["2026-06-07 00:00", "2026-06-14 00:00", "2026-06-21 00:00"]),
    ("0 0 * * 0", ["2026-06-07 00:00", "2026-06-14 00:00", "2026-06-21 00:00"]),
    ("0 0 1,15 * *", ["2026-06-15 00:00", "2026-07-01 00:00", "2026-07-15 00:00"]),
    ("0 0 13 * fri", ["2026-06-05 00:00", "2026-06-12 00:00", "2026-06-13 00:00"]),
    ("0 0 31 * *", ["2026-07-31 00:00", "2026-08-31 00:00", "2026-10-31 00:00"]),
    ("0 0 29 feb *", ["2028-02-29 00:00", "2032-02-29 00:00", "2036-02-29 00:00"]),
    ("  0   0  1 JAN  * ", ["2027-01-01 00:00", "2028-01-01 00:00", "2029-01-01 00:00"]),
])
def test_an_expression_fires_when_it_says(expression: str, expected: list[str]) -> None:
    assert times(expression) == expected


def test_the_next_time_is_later_also_within_a_minute() -> None:
    assert times("30 10 * * *", 1, MONDAY - timedelta(seconds=1)) == ["2026-06-01 10:30"]
    assert times("30 10 * * *", 1, MONDAY + timedelta(microseconds=1)) == ["2026-06-02 10:30"]


@pytest.mark.parametrize(("expression", "after", "within", "expected"), [
    ("0 0 * * *", timedelta(), timedelta(hours=13.5), timedelta(hours=13.5)), ("0 0 * * *", timedelta(), timedelta(hours=13), None),
    ("0 3 * * *", timedelta(), timedelta(hours=17), timedelta(hours=16.5)),
    ("15 0 * * *", timedelta(), timedelta(hours=14), timedelta(hours=13.75)),
    ("5 0 * * *", timedelta(hours=-10), timedelta(hours=23.6), timedelta(hours=13, minutes=35)),
    ("40 10 * * *", timedelta(), timedelta(minutes=10), timedelta(minutes=10)), ("40 10 * * *", timedelta(), timedelta(minutes=9), None),
])
def test_a_time_is_found_up_to_the_very_end(expression: str, after: timedelta, within: timedelta, expected: timedelta | None) -> None:
    found = next_after(parse_cron(expression), MONDAY + after, within=within)
    assert found == (None if expected is None else MONDAY + expected)


def test_a_leap_day_over_1900s_gap_is_found_and_the_thirtieth_of_february_is_not() -> None:
    assert times("0 0 29 2 *", 1, datetime(2096, 3, 1, tzinfo=UTC)) == ["2104-02-29 00:00"]
    assert next_after(parse_cron("0 0 30 feb *"), MONDAY) is None
    assert next_after(parse_cron("0 0 29 2 *"), datetime(2096, 3, 1, tzinfo=UTC), within=FURTHEST) is None


@pytest.mark.parametrize("text", [
    "", "*", "* * * *", "* * * * * *", "0 * * * * * *", "@daily", "@every 1m", "L * * * *", "* * L * *", "* * * * 5L", "* * * * 5#2",
    "* * 15W * *",
    "R * * * *", "H * * * *", "? * * * *", "* * ? * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 0 *", "* * * 13 *",
    "* * * * 8", "-1 * * * *", "*/0 * * * *", "*/60 * * * *", "1-0 * * * *", "* * * * fri-mon", "1- * * * *", "1,,2 * * * *", ",1 * * * *",
    "1/ * * * *", "*/*/2 * * * *", "*-5 * * * *", "jan * * * *", "* * * mon *", "* * * * jan", "* * * january *", "1.5 * * * *",
    "1e1 * * * *",
    "\u0661 * * * *", "0\t0\t*\t*\t*", "* * * * *\n", "* * * * * # daily", "000 * * * *", "1," * 200 + "1 * * * *", "* * * * *\x00"])
def test_all_else_is_no_expression(text: str) -> None:
    with pytest.raises(BadExpression):
        parse_cron(text)


@pytest.mark.parametrize(("text", "sentence"), [
    ("61 * * * *", "has '61' as its minute, which is 0 to 59"),
    ("* * * * someday", "has 'someday' as its day of the week, which is not understood"),
    ("* * * 13 *", "has '13' as its month, which is 1 to 12 or a name"),
    (f"* {'1-' * 30} * * *", f"has '{'1-' * 20}' as its hour, which is not understood"),
    ("* * * *", ("must be five fields of digits, names and * , - / with spaces between them: minute, hour, day of the month, month, "
                 "day of the week")),
    (f"{'1' * 41} * * * *", f"has '{'1' * 40}' as its minute, which is not understood"),
    ("* 5-2 * * *", "has '5-2' as its hour, which never comes"),
])
def test_a_mistake_is_named(text: str, sentence: str) -> None:
    with pytest.raises(BadExpression) as refused:
        parse_cron(text)
    assert str(refused.value) == sentence


def test_an_expression_may_be_two_hundred_characters_long() -> None:
    longest = "1," * 95 + "1" + " " + "* * * *"
    assert parse_cron(longest + " ") == parse_cron(longest) == parse_cron("1 * * * *")
    with pytest.raises(BadExpression):
        parse_cron(longest + "  ")


def part(least: int, most: int) -> st.SearchStrategy[tuple[str, set[int]]]:
    numbers = st.integers(least, most)
    single = numbers.map(lambda n: (str(n), {n}))
    span = st.tuples(numbers, numbers, st.integers(1, max(most, 1))).map(
        lambda t: (f"{min(t[:2])}-{max(t[:2])}/{t[2]}", set(range(min(t[:2]), max(t[:2]) + 1, t[2]))))
    every = st.integers(1, max(most, 1)).map(lambda n: (f"*/{n}", set(range(least, most + 1, n))))
    return st.one_of(single, span, every)


def field(least: int, most: int) -> st.SearchStrategy[tuple[str, set[int]]]:
    several = st.lists(part(least, most), min_size=1, max_size=3).map(
        lambda parts: (",".join(text for text, _ in parts), set().union(*(values for _, values in parts))))
    return st.one_of(st.just(("*", set(range(least, most + 1)))), several)


@given(st.tuples(*(field(each.least, each.most) for each in FIELDS)),
       st.timedeltas(timedelta(), timedelta(days=36_525)).map(lambda since: datetime(2000, 1, 1, tzinfo=UTC) + since))
def test_the_next_time_is_the_first_minute_that_fits(fields: tuple[tuple[str, set[int]], ...], after: datetime) -> None:
    text = " ".join(text for text, _ in fields)
    minutes, hours, days, months, weekdays = (values for _, values in fields)
    any_day, any_weekday = (fields[n][0] in ("*", "*/1") for n in (2, 4))

    def fits(at: datetime) -> bool:
        by_date, by_week = at.day in days, bool({at.isoweekday() % 7, at.isoweekday()} & weekdays)
        on_this_day = by_week if any_day else by_date if any_weekday else by_date or by_week
        return at.minute in minutes and at.hour in hours and at.month in months and on_this_day

    looked = 3 * 24 * 60
    minute = after.replace(second=0, microsecond=0)
    wanted = next((at for n in range(1, looked) if fits(at := minute + timedelta(minutes=n))), None)
    found = next_after(parse_cron(text), after)
    if wanted is not None:
        assert found == wanted
    elif found is not None:
        assert fits(found)
        assert found >= minute + timedelta(minutes=looked)
