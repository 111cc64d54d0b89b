"""The parameters of a flow: what fits, what does not, and how that is said."""

from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.json import Json, to_json
from core.domain.parameters import (
    Bounds,
    Choices,
    Fields,
    Parameter,
    Secret,
    Subject,
    Title,
    parameters,
    parse_parameters,
    restore_parameters,
    split_secrets,
    subjects,
)
from core.domain.people import is_email
from core.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    who: Annotated[str, Title("Who gets it"), Bounds(most=50), Subject]
    ring: Annotated[str, Choices(("canary", "all"))] = "canary"
    share: Annotated[float, Bounds(0, 1)] = 0.5
    tries: Annotated[int, Bounds(least=1)] = 3
    wait_minutes: Annotated[int | None, Bounds(most=60)] = None
    dry_run: bool = False
    api_token: Annotated[str | None, Title("The token"), Secret()] = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    pin: Annotated[int, Secret, Bounds(1000, 9999)]
    backup: Annotated[str, Subject()] = ""


def problems(payload: dict[str, Json], fields: Fields = Deploy) -> tuple[str, ...]:
    with pytest.raises(Invalid) as refused:
        parse_parameters(fields, payload)
    return refused.value.problems


def test_a_payload_fills_a_dataclass_and_the_rest_is_as_declared() -> None:
    assert parse_parameters(Deploy, {"who": "ann@acme.org"}) == Deploy(who="ann@acme.org")
    given: dict[str, Json] = {"who": "a@b", "ring": "all", "share": 1, "tries": 9, "waitMinutes": 60, "dryRun": True, "apiToken": "t"}
    assert parse_parameters(Deploy, given) == Deploy(
        who="a@b", ring="all", share=1, tries=9, wait_minutes=60, dry_run=True, api_token="t")


@pytest.mark.parametrize("value", [
    {"note": "x" * 2000}, {"tries": 1}, {"tries": 2**53}, {"share": 0}, {"share": 1}, {"who": "a@" + "b" * 48}], ids=str)
def test_a_value_may_go_to_its_very_bounds(value: dict[str, Json]) -> None:
    ((name, given),) = value.items()
    assert getattr(parse_parameters(Deploy, {"who": "ann@acme.org", **value}), name) == given


def test_null_is_absent() -> None:
    assert parse_parameters(Deploy, {"who": "a@b", "ring": None, "waitMinutes": None}) == Deploy(who="a@b")
    assert problems({"who": None}) == ("who is missing: Who gets it.",)


@pytest.mark.parametrize(("payload", "sentence"), [
    ({"who": 7}, "who must be a text, got 7."),
    ({"who": True}, "who must be a text, got True."),
    ({"who": ["ann"]}, "who must be a text, got ['ann']."),
    ({"who": "x@" + "x" * 49}, f"who must be a text of 1 to 50 characters, got 'x@{'x' * 49}'."),
    ({"who": ""}, "who must be one person's e-mail address, got ''."),
    ({"who": " bob@acme.org"}, "who must be one person's e-mail address, got ' bob@acme.org'."),
    ({"who": "ann@acme.org, bob@acme.org"}, "who must be one person's e-mail address, got 'ann@acme.org, bob@acme.org'."),
    ({"note": "a\x00b"}, "note must be a text of 0 to 2000 characters, got 'a\\x00b'."),
    ({"ring": "outer"}, "ring must be one of canary, all, got 'outer'."),
    ({"ring": "Canary"}, "ring must be one of canary, all, got 'Canary'."),
    ({"ring": 1}, "ring must be a text, got 1."),
    ({"share": "0.5"}, "share must be a number, got '0.5'."),
    ({"share": True}, "share must be a number, got True."),
    ({"share": 1.01}, "share must be between 0 and 1, got 1.01."),
    ({"share": -0.01}, "share must be between 0 and 1, got -0.01."),
    ({"tries": 0}, "tries must be at least 1, got 0."),
    ({"tries": 1.0}, "tries must be a whole number, got 1.0."),
    ({"tries": "3"}, "tries must be a whole number, got '3'."),
    ({"tries": False}, "tries must be a whole number, got False."),
    ({"tries": 2**53 + 1}, "tries must be a number that JSON can carry exactly, got 9007199254740993."),
    ({"waitMinutes": 61}, "waitMinutes must be at most 60, got 61."),
    ({"waitMinutes": {}}, "waitMinutes must be a whole number, got {}."),
    ({"dryRun": 1}, "dryRun must be true or false, got 1."),
    ({"dryRun": "true"}, "dryRun must be true or false, got 'true'."),
    ({"note": "x" * 2001}, f"note must be a text of 0 to 2000 characters, got '{'x' * 76}...."),
    ({"wait_minutes": 5}, "wait_minutes is no parameter of this flow."),
    ({"colour": "red"}, "colour is no parameter of this flow."),
    ({"x" * 81: "red"}, f"{'x' * 80} is no parameter of this flow."),
], ids=str)
def test_a_mistake_is_one_sentence(payload: dict[str, Json], sentence: str) -> None:
    assert problems({"who": "ann@acme.org", **payload}) == (sentence,)


def test_a_value_is_quoted_up_to_eighty_characters() -> None:
    assert problems({"who": "ann@acme.org", "ring": "x" * 78}) == (f"ring must be one of canary, all, got '{'x' * 78}'.",)
    assert problems({"who": "ann@acme.org", "ring": "x" * 79}) == (f"ring must be one of canary, all, got '{'x' * 76}....",)


def test_every_mistake_is_told_at_once() -> None:
    assert problems({"tries": 0, "dryRun": "no", "zeal": 1, "a": 2}) == (
        "who is missing: Who gets it.", "tries must be at least 1, got 0.", "dryRun must be true or false, got 'no'.",
        "a is no parameter of this flow.", "zeal is no parameter of this flow.")


@pytest.mark.parametrize("wrong", ["s3cr3t-t0ken", 123456])
def test_a_secret_is_not_told_even_if_it_is_wrong(wrong: Json) -> None:
    assert problems({"pin": wrong}, Sealed) == (
        "pin must be a whole number." if isinstance(wrong, str) else "pin must be between 1000 and 9999.",)


def test_what_may_be_shown_and_what_is_sealed() -> None:
    shown, sealed = split_secrets(Deploy, {"who": "ann", "tries": 3, "apiToken": "t"})
    assert (shown, sealed) == ({"who": "ann", "tries": 3}, {"apiToken": "t"})
    assert split_secrets(Deploy, {"who": "ann", "apiToken": None}) == ({"who": "ann"}, {})


def test_who_benefits() -> None:
    assert subjects(Deploy, {"who": "ann@acme.org", "note": "bob@acme.org"}) == ["ann@acme.org"]
    assert subjects(Sealed, {"pin": 1234}) == []
    assert subjects(Sealed, {"pin": 1234, "backup": "cat@acme.org"}) == ["cat@acme.org"]


def test_parameters_describe_themselves() -> None:
    assert parameters(Deploy) == (
        Parameter(name="who", title="Who gets it", type="string", required=True, most=50, subject=True),
        Parameter(name="ring", title="Ring", type="string", required=False, default="canary", choices=("canary", "all")),
        Parameter(name="share", title="Share", type="number", required=False, default=0.5, least=0, most=1),
        Parameter(name="tries", title="Tries", type="integer", required=False, default=3, least=1),
        Parameter(name="waitMinutes", title="Wait minutes", type="integer", required=False, most=60),
        Parameter(name="dryRun", title="Dry run", type="boolean", required=False, default=False),
        Parameter(name="apiToken", title="The token", type="string", required=False, secret=True),
        Parameter(name="note", title="Note", type="string", required=False, default=""))


@dataclass(frozen=True)
class Listed:
    names: list[str]


@dataclass(frozen=True)
class Odd:
    name: Annotated[str, "a note"]


@dataclass(frozen=True)
class Either:
    value: int | str


@pytest.mark.parametrize("fields", [Listed, Odd, Either])
def test_a_field_that_no_form_could_show_is_a_mistake_of_whoever_wrote_the_flow(fields: type[Any]) -> None:
    with pytest.raises(TypeError, match=f"{fields.__name__}."):
        parameters(fields)


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=60)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=5)
names = st.sampled_from([p.name for p in parameters(Deploy)]) | st.text(max_size=10)
whos = st.sampled_from(["ann@acme.org", "ann", "", None, "x@" + "x" * 60]) | values


@given(whos, st.dictionaries(names, values, max_size=8))
def test_whatever_comes_in_either_fits_or_is_refused_in_sentences(who: Json, payload: dict[str, Json]) -> None:
    try:
        filled = parse_parameters(Deploy, {**payload, "who": who})
    except Invalid as refused:
        said = refused.problems
        assert said
        assert all(sentence.endswith(".") and len(sentence) < 250 for sentence in said)
        return
    assert is_email(filled.who)
    assert len(filled.who) <= 50
    assert filled.ring in ("canary", "all")
    assert 0 <= filled.share <= 1
    assert type(filled.tries) is int
    assert filled.tries >= 1
    assert type(filled.dry_run) is bool
    assert filled.wait_minutes is None or type(filled.wait_minutes) is int and filled.wait_minutes <= 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Rings:
    rings: tuple[str, ...]
    colours: Annotated[tuple[str, ...], Choices(("red", "blue")), Bounds(most=2)] = ("red",)


def test_a_list_of_texts_is_a_parameter() -> None:
    assert parse_parameters(Rings, {"rings": ["a", "b"]}) == Rings(rings=("a", "b"))
    assert parse_parameters(Rings, {"rings": ["a"], "colours": []}) == Rings(rings=("a",), colours=())
    full = {"rings": [f"{n:03}" + "x" * 197 for n in range(100)], "colours": ["blue", "red"]}
    assert parse_parameters(Rings, full) == Rings(rings=tuple(full["rings"]), colours=("blue", "red"))
    rings, colours = parameters(Rings)
    assert (rings.type, rings.required, colours.default) == ("array", True, ["red"])


@pytest.mark.parametrize(("payload", "sentence"), [
    ({"rings": "a,b"}, "rings must be a list of 1 to 100 texts, got 'a,b'."),
    ({"rings": {"a": 1}}, "rings must be a list of 1 to 100 texts, got {'a': 1}."),
    ({"rings": 7}, "rings must be a list of 1 to 100 texts, got 7."),
    ({"rings": []}, "rings must be a list of 1 to 100 texts, got []."),
    ({"rings": ["a", ""]}, "rings must be a list of printable texts of 1 to 200 characters, got ['a', '']."),
    ({"rings": ["a", ["b"]]}, "rings must be a list of printable texts of 1 to 200 characters, got ['a', ['b']]."),
    ({"rings": ["a\n"]}, "rings must be a list of printable texts of 1 to 200 characters, got ['a\\n']."),
    ({"rings": ["a", "a"]}, "rings must be a list without anything twice, got ['a', 'a']."),
    ({"rings": ["a"], "colours": ["red", "blue", "red"]}, "colours must be a list of 0 to 2 texts, got ['red', 'blue', 'red']."),
    ({"rings": ["a"], "colours": ["green"]}, "colours must be a list of red, blue, got ['green']."),
])
def test_what_is_no_list_of_texts_is_said(payload: dict[str, Json], sentence: str) -> None:
    assert problems(payload, Rings) == (sentence,)


LISTED = parameters(Deploy)


@pytest.mark.parametrize("payload", [
    {"who": "ann@acme.org"}, {"who": "a@b", "share": 1, "dryRun": True, "waitMinutes": 3, "apiToken": "t", "note": "n"}], ids=str)
def test_a_list_of_parameters_is_filled_like_the_dataclass_that_it_describes(payload: dict[str, Json]) -> None:
    assert parse_parameters(LISTED, payload) == to_json(parse_parameters(Deploy, payload))
    assert split_secrets(LISTED, payload) == split_secrets(Deploy, payload)
    assert subjects(LISTED, payload) == subjects(Deploy, payload)


@pytest.mark.parametrize("payload", [
    {}, {"who": "ann@acme.org", "tries": 0, "ring": "x", "zeal": 1}, {"who": "a@b", "apiToken": 1}], ids=str)
def test_and_it_refuses_in_the_same_words(payload: dict[str, Json]) -> None:
    assert problems(payload, LISTED) == problems(payload)


def test_what_a_list_has_checked_is_restored_as_it_was_whatever_the_list_says_by_now() -> None:
    assert restore_parameters((), {"who": "ann"}) == {"who": "ann"}
    assert restore_parameters(parameters(Deploy), {}) == {}
    assert restore_parameters(Deploy, {"who": "a@b"}) == Deploy(who="a@b")


def test_large_bounds_are_said_in_full() -> None:
    most = Parameter(name="bytes", title="Bytes", type="integer", required=True, least=1_000_000, most=25_000_000)
    assert problems({"bytes": 7}, (most,)) == ("bytes must be between 1000000 and 25000000, got 7.",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    version: Annotated[str, Title("Which", "As it is tagged.")]


def test_a_parameter_may_say_more_of_itself() -> None:
    assert parameters(Explained) == (
        Parameter(name="version", title="Which", type="string", required=True, description="As it is tagged."),)


def test_a_list_is_neither_a_subject_nor_absent() -> None:
    for hint in (Annotated[tuple[str, ...], Subject()], tuple[str, ...] | None, tuple[int, ...]):
        fields: type[Any] = dataclass(frozen=True)(type("Wrong", (), {"__annotations__": {"people": hint}}))
        with pytest.raises(TypeError, match=r"^Wrong\.people: a (subject is one person, not a list|parameter is str, int, float)"):
            parameters(fields)
