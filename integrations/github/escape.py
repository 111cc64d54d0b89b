"""Text of other people as GitHub shows it literally: no mention, no reference, no link, no picture, no HTML. Pure."""

import re

APART = "&#8203;"  # a space of no width: what GitHub looks for in finished text is not found across it
_SPECIAL = str.maketrans({
    "&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "\\\\", "`": "\\`", "*": "\\*", "_": "\\_", "[": "\\[", "]": "\\]", "{": "\\{",
    "}": "\\}", "|": "\\|", "~": "\\~", "@": f"@{APART}", "#": f"&#35;{APART}", "$": f"&#36;{APART}", "!": "\\!"})
_LINKS = re.compile(r":(?=//)|\bwww(?=\.)|\b(?:mailto|xmpp):|\b[Gg][Hh](?=-[0-9])")
_BEGINS = re.compile(r"[-+=:]|[0-9]{1,9}(?=[.)])")


def escaped(text: str) -> str:
    """Return one line of text to stand within a line."""
    return _LINKS.sub(lambda found: found[0] + APART, text.translate(_SPECIAL))


def line(text: str) -> str:
    """Return one line of text to stand at the beginning of a line."""
    shown = escaped(text.lstrip())
    begins = _BEGINS.match(shown)
    if begins is None:
        return shown
    return shown[:begins.end()] + "\\" + shown[begins.end():] if shown[0].isdigit() else "\\" + shown


def reply(text: str) -> str:
    """Return a reply of ours: a backtick in it is always ours, anything else may be somebody's."""
    return "\n".join(_with_code(each) for each in text.split("\n"))


def code(text: str) -> str:
    """Return a text between backticks."""
    return f"`{text.replace('`', 'ˋ')}`"


def _with_code(text: str) -> str:
    parts = text.split("`")
    if len(parts) % 2 == 0:  # one that has no other
        return line(text)
    return "".join(code(part) if n % 2 else (line(part) if n == 0 else escaped(part)) for n, part in enumerate(parts) if part or not n % 2)
