"""Text of other people, made fit to be shown: it stays on its line, hides nothing, and is cut with a sign."""

import unicodedata

from core.domain.logs import clean

CUT = "… (full text in Placet)"
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def field(text: str) -> str:
    """Return a text on one line, without what looks like a secret; control, direction and zero-width characters as escapes."""
    line = " ".join(clean(text).split())
    if line.isascii() and line.isprintable():
        return line
    return "".join(_escaped(c) if unicodedata.category(c) in _UNSHOWN or c in "\u115f\u1160\u3164\uffa0\u2800" else c for c in line)


def word(text: str) -> str:
    """Return a text as a field of a reply, where a backtick is always ours."""
    return field(text).replace("`", "ˋ")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def cut(text: str, longest: int) -> str:
    """Return a text of at most so many characters and the sign that more stands elsewhere, cut where a word ends."""
    if len(text) <= longest:
        return text
    kept = text[:longest + 1]
    at_word = kept.rpartition(" ")[0]
    return (at_word if len(at_word) > longest // 2 else kept[:longest]).rstrip(" ,.;:-") + CUT
