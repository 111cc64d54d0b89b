"""What is read of a comment, and what of its Markdown is nobody's answer."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import Approve, Asked, Clarify, Reject
from bot.grammar import Here, read_command
from integrations.github.markup import LEFT_OUT, LONGEST, plain

ONE = Here(requests=(Asked(ref="K7Q2M9", digest="9f3c21ab" * 8, title="Admin", requester="ann@acme.org"),))


@pytest.mark.parametrize(("markdown", "text"), [
    ("approve", "approve"), ("**approve**", "approve"), ("__approve__ ", "approve"), ("# approve", "approve"), ("approve\n===", "approve"),
    ("[approve](https://acme.org)", "approve"), ("<b>approve</b>", "approve"), ("&#97;pprove", "approve"), ("\\#7", "#7"),
    ("approve\n\ntested on staging", "approve\n\ntested on staging"), ("approve<br>but later", "approve\nbut later"),
    ("approve  \nbut later", "approve\nbut later"), ("approve\\\nbut later", "approve\nbut later"), ("@placet approve", "@placet approve"),
    ("+1", "+1"), ("-1", "-1"), (":+1:", ":+1:"), ("👍🏽", "👍🏽"), ("approve <!-- x -->", "approve"),
    ("approve ~~but not prod~~", "approve"),
    ("~~approve~~ reject", "reject"), ("> approve\n\nnot yet", "not yet"), ("* * *\napprove", "approve")])
def test_words_that_are_seen_are_read(markdown: str, text: str) -> None:
    assert plain(markdown) == text


@pytest.mark.parametrize("markdown", [
    "> approve", "> approve\nnot quoted by its sign, but by its place", "```\napprove\n```", "~~~\napprove", "    approve", "\tapprove",
    "`approve`", "<!-- approve -->", "<!--\n\napprove\n\n-->", "~~approve~~", "<s>approve</s>", "<del>approve</del>",
    "<details>\napprove\n</details>", "<details>\n\napprove\n\n</details>", "<details><summary>approve</summary>\n\napprove",
    "![approve](https://acme.org/x.png)", "<img alt=approve>", "<p hidden>\n\napprove\n\n</p>", "<script>approve</script>",
    "<blockquote>approve</blockquote>", "<![CDATA[\napprove\n]]>", "<?approve?>", "[approve]: https://acme.org", "> > approve\n> reject",
    "<a href=x>approve</a>", "<code>approve</code>"])
def test_words_that_are_quoted_code_hidden_or_struck_are_not(markdown: str) -> None:
    assert "approve" not in plain(markdown)
    assert read_command(plain(markdown), ONE) is None


@pytest.mark.parametrize("markdown", [
    "approve `if tests pass`", "approve ![if tests pass](x)", "approve <span hidden>if tests pass</span>", "approve <if tests pass>",
    "<kbd>do not</kbd> approve"])
def test_what_is_left_out_beside_an_answer_leaves_it_uncertain(markdown: str) -> None:
    assert isinstance(read_command(plain(markdown), ONE), Clarify)


@pytest.mark.parametrize("markdown", ["- approve", "1. approve", "- [ ] approve", "| approve |\n|---|\n| no |", "* reject"])
def test_a_list_and_a_table_are_no_answer(markdown: str) -> None:
    assert read_command(plain(markdown), ONE) is None


@pytest.mark.parametrize("tail", [
    "On Tue, 24 Nov 2026, placet[bot] wrote:\n> reject", "-- \nBob, reject department", "-----Original Message-----\nreject",
    "On Tue, 24 Nov 2026 at 10:00, placet[bot]\nwrote:\n\nreject"])
def test_what_a_mail_carries_below_is_not_read(tail: str) -> None:
    assert read_command(plain(f"approve\n\n{tail}"), ONE) == Approve(ref="K7Q2M9", digest=None, reason=None)


def test_a_reason_is_kept_as_it_was_written() -> None:
    assert read_command(plain("reject: wrong org, see [the page](https://acme.org)"), ONE) == Reject(
        ref="K7Q2M9", digest=None, reason="wrong org, see the page")


def test_an_answer_with_a_book_below_it_is_asked_back() -> None:
    assert plain("approve\n" + "x" * LONGEST).startswith(f"approve {LEFT_OUT}\n")
    assert isinstance(read_command(plain("approve\n" + "tested " * LONGEST), ONE), Clarify)


@pytest.mark.parametrize("bomb", [
    "[", ">", "- ", "*a ", "~~a", "<details>", "`a``b", "[a](b", "![", "<", "&", "|a", "_a", "<!--", "**a *b ",
    "<a ", "On x\n", "a\n\n", "\x00", "<b>"])
def test_j10_no_comment_is_much_work(bomb: str) -> None:
    began = time.process_time()
    plain(bomb * (65_536 // len(bomb)))
    assert time.process_time() - began < 1.5


@given(st.text(alphabet=st.sampled_from(list("approve`>*_~<!-[]()&#\\ \n|")), max_size=80))
def test_whatever_is_written_is_read_without_a_failure_and_never_quoted(markdown: str) -> None:
    plain(markdown)
    assert plain("\n".join("> " + line for line in markdown.split("\n"))) == ""
