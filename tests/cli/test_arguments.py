"""`name=value` words become what the flow's parameters say."""

import pytest
from hypothesis import given
from hypothesis.strategies import characters, integers, text

from api.cli.answers import Parameter
from api.cli.arguments import parse_assignments, typed
from api.cli.problems import Code, Problem


def parameter(name: str, type: str) -> Parameter:
    return Parameter(name=name, description="", type=type, required=True, default=None)


def refusal(words: list[str], *parameters: Parameter) -> str:
    with pytest.raises(Problem) as caught:
        typed(parse_assignments(words), parameters)
    assert caught.value.code is Code.USAGE
    return caught.value.sentence


def test_each_value_gets_the_type_of_its_parameter() -> None:
    values = typed(parse_assignments(["who=ann", "minutes=90", "share=0.5", "urgent=true"]), [
        parameter("who", "string"), parameter("minutes", "integer"), parameter("share", "number"), parameter("urgent", "boolean")])
    assert values == {"who": "ann", "minutes": 90, "share": 0.5, "urgent": True}


def test_a_text_that_looks_like_a_number_stays_a_text() -> None:
    assert typed({"ticket": "007"}, [parameter("ticket", "string")]) == {"ticket": "007"}


@given(text(characters(exclude_categories=["Cs"])), integers())
def test_whatever_stands_behind_the_first_equals_sign_is_the_value(value: str, number: int) -> None:
    assert typed(parse_assignments([f"a={value}", f"b={number}"]), [parameter("a", "string"), parameter("b", "integer")]) == {
        "a": value, "b": number}


@pytest.mark.parametrize(("word", "sentence"), [
    ("minutes=soon", "minutes must be a whole number, got 'soon'."),
    ("minutes=1.5", "minutes must be a whole number, got '1.5'."),
    ("urgent=yes", "urgent must be true or false, got 'yes'."),
    ("minute=3", "There is no parameter minute; did you mean minutes?"),
    ("colour=red", "There is no parameter colour: this flow takes minutes, urgent."),
    ("minutes", "Parameters are given as name=value, got 'minutes'."),
    ("=3", "Parameters are given as name=value, got '=3'."),
])
def test_a_word_that_does_not_fit_is_refused_with_what_would(word: str, sentence: str) -> None:
    assert refusal([word], parameter("minutes", "integer"), parameter("urgent", "boolean")) == sentence


def test_a_parameter_given_twice_is_refused() -> None:
    assert refusal(["a=1", "a=2"], parameter("a", "integer")) == "a is given twice."


def test_a_list_is_written_with_commas() -> None:
    rings = [parameter("rings", "array")]
    assert typed({"rings": "qa, prod"}, rings) == {"rings": ["qa", "prod"]}
    assert typed({"rings": ""}, rings) == {"rings": []}
