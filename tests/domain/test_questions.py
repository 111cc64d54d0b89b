"""What people are asked before a flow that says nothing itself."""

from hypothesis import given
from hypothesis import strategies as st

from core.domain.approvals import LONGEST_QUESTION
from core.domain.json import Json
from core.domain.parameters import Parameter
from core.domain.questions import question


def text(name: str, *, secret: bool = False) -> Parameter:
    return Parameter(name=name, title=name, type="string", required=False, secret=secret)


def test_it_is_the_name_and_everything_that_was_given() -> None:
    assert question("Deploy", (text("where"), text("version"), text("note")), {
        "version": "v7", "where": "prod", "note": "", "tries": None}) == 'Deploy: where = "prod", version = "v7"'
    assert question("Deploy", (), {}) == "Deploy"


def test_numbers_lists_and_answers_of_yes_or_no_stand_as_they_are() -> None:
    fields = (text("tries"), text("dry"), text("rings"), text("share"))
    assert question("Deploy", fields, {"tries": 0, "dry": False, "rings": ["a", "b"], "share": 0.5}) == (
        'Deploy: tries = 0, dry = false, rings = ["a","b"], share = 0.5')


def test_a_text_cannot_look_like_another_parameter() -> None:
    said = question("Deploy", (text("note"), text("where")), {"note": 'x", where = "lab', "where": "prod"})
    assert said == 'Deploy: note = "x\\", where = \\"lab", where = "prod"'


def test_what_would_turn_or_break_the_line_is_spelled_out() -> None:
    assert question("Deploy", (text("note"),), {"note": "a\u202eb\nc\u2028"}) == 'Deploy: note = "a\\u202eb\\nc\\u2028"'


def test_a_secret_is_there_and_not_shown_like_whatever_nobody_can_say_of_whether_it_is_one() -> None:
    assert question("Deploy", (text("token", secret=True),), {"token": "s3cr3t", "old": "unknown"}) == (
        "Deploy: token = (not shown), old = (not shown)")


def test_long_values_are_shortened_before_any_is_left_out() -> None:
    said = question("Deploy", (text("note"), text("where")), {"note": "x" * 2_000, "where": "prod"})
    assert said.startswith('Deploy: note = "xxx')
    assert said.endswith('…, where = "prod"')


def test_letters_of_any_language_stand_as_they_are() -> None:
    assert question("Deploy", (text("note"),), {"note": "größer 日本"}) == 'Deploy: note = "größer 日本"'


def test_a_value_of_two_hundred_characters_is_whole_and_a_longer_one_is_cut_to_as_many() -> None:
    assert question("Deploy", (text("note"),), {"note": "x" * 198}) == f'Deploy: note = "{"x" * 198}"'
    assert question("Deploy", (text("note"),), {"note": "x" * 199}) == f'Deploy: note = "{"x" * 198}…'


def test_a_line_may_be_as_long_as_a_question() -> None:
    fields = tuple(text(f"p{n}") for n in range(3))
    name = "D" * (LONGEST_QUESTION - len(', p0 = "a", p1 = "a", p2 = "a"'))
    given = dict.fromkeys((each.name for each in fields), "a")
    assert question(name, fields, given) == f'{name}: p0 = "a", p1 = "a", p2 = "a"'
    assert question(f"{name}D", fields, given) == f'{name}D: p0 = "a", and 2 more'


def test_what_does_not_fit_is_counted() -> None:
    fields = tuple(text(f"parameter_number_{n}") for n in range(50))
    said = question("Deploy", fields, {each.name: "y" * 100 for each in fields})
    shown = said.count(" = ")
    assert said.endswith(f", and {50 - shown} more")
    assert 5 < shown < 50


names = st.sampled_from([f"p{n}" for n in range(30)]) | st.text(max_size=50)
values = st.none() | st.booleans() | st.integers(-2**53, 2**53) | st.text(max_size=400) | st.lists(st.text(max_size=50), max_size=9)


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=100), st.dictionaries(names, values, max_size=40))
def test_it_fits_on_one_line_and_never_shows_a_secret(name: str, given_values: dict[str, Json]) -> None:
    fields = tuple(text(f"p{n}", secret=n % 2 == 1) for n in range(30))
    said = question(name, fields, {**given_values, "p1": "the-s3cr3t-value"})
    assert said.startswith(name)
    assert len(said) <= LONGEST_QUESTION
    assert "the-s3cr3t-value" not in said
