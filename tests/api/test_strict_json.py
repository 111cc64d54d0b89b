"""JSON as it may come in."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.strict_json import DEEPEST, NotJson, parse_json

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), inner),
    max_leaves=20)


@given(plain, st.booleans())
def test_what_has_one_meaning_is_taken_as_it_is(value: object, ascii_only: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=200))
def test_whatever_comes_is_understood_or_refused(body: bytes) -> None:
    with suppress(NotJson):
        assert json.dumps(parse_json(body), allow_nan=False).isascii()


@pytest.mark.parametrize("body", [
    b"", b"{", b"nul", b"{'a': 1}", b'{"a": 1,}', b'{"a": 1} x', b'"\n"', b"\xef\xbb\xbf{}", b'"\xff"', b'"\xed\xa0\x80"', b"01", b"+1",
    b".5", b"NaN", b"Infinity", b"-Infinity", b'{"a": NaN}', b"1e999", b"-1e999",
    b'{"a": 1, "a": 1}', b'{"b": [{"a": 1, "a": 2}]}', b'{"a": 1, "\\u0061": 2}',
    b'"\\u0000"', b'{"a\\u0000": 1}', b'["\\ud800"]', b'{"\\udfff": 1}', b'"\\ud800\\u0041"',
    b"9007199254740993", b"-9007199254740993", b"1" * 5_000,
])
def test_what_has_no_meaning_or_several_is_refused(body: bytes) -> None:
    with pytest.raises(NotJson):
        parse_json(body)


def test_an_escaped_pair_is_one_character() -> None:
    assert parse_json(b'"\\ud83d\\ude00 \\\\u0000"') == "😀 \\u0000"


def test_depth_is_counted_in_levels_not_in_brackets() -> None:
    assert parse_json(b"[" * DEEPEST + b"]" * DEEPEST) is not None
    assert len(parse_json(b"[" + b",".join([b"[]"] * 1_000) + b"]")) == 1_000
    assert parse_json(b'"' + b"[" * 1_000 + b'"') == "[" * 1_000


@pytest.mark.parametrize("levels", [DEEPEST + 1, 500, 10_000, 500_000])
def test_what_is_nested_too_deep_is_refused(levels: int) -> None:
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        with pytest.raises(NotJson, match="too deep"):
            parse_json(opening * levels + b"1" + closing * levels)
