"""What somebody wrote, as plain text: what others see of it as their own words, and nothing else."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST = 16_000  # characters that are read; who wrote more has not answered in a line of its own, and is asked back
LEFT_OUT = "￼"  # stands for what is no word of theirs, where words stand beside it: these are not a whole line then
SHOWN = frozenset({"b", "strong", "i", "em"})  # whose text is as good as any
SINGLE = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
# What GitHub knows of HTML: of anything else it shows what stands within, so that here it stays as it was written.
KNOWN = frozenset({
    "a", "abbr", "article", "aside", "audio", "bdi", "bdo", "blockquote", "body", "button", "canvas", "caption", "center", "cite",
    "code", "data", "dd", "del", "details", "dfn", "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "font", "footer",
    "form", "frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "html", "iframe", "ins", "kbd", "label",
    "legend", "li", "main", "map", "mark", "math", "menu", "meter", "nav", "noscript", "object", "ol", "optgroup", "option", "output",
    "p", "param", "picture", "pre", "progress", "q", "rp", "rt", "ruby", "s", "samp", "script", "section", "select", "small", "span",
    "strike", "style", "sub", "summary", "sup", "svg", "table", "tbody", "td", "template", "textarea", "tfoot", "th", "thead", "time",
    "title", "tr", "tt", "u", "ul", "var", "video"})
_MAIL = re.compile(
    r"-{2,} ?original message ?-{2,}|-- ?|_{10,}|(on|am|le|el|em) .{4,300}(wrote|schrieb.*|écrit|escribió|escreveu) ?:", re.IGNORECASE)
_MAIL_BEGINS = re.compile(r"on .{4,200}", re.IGNORECASE)
_MARKDOWN = MarkdownIt("commonmark", {"maxNesting": 20}).enable(["strikethrough"])


def plain(markdown: str) -> str:
    """Return the text without quotes, code, struck, hidden and foreign parts, one line for each that is seen."""
    lines = Lines()
    lines.blocks(parsed(markdown[:LONGEST]))
    text = "\n".join(_without_mail(lines.text().split("\n"))).strip("\n")
    if len(markdown) <= LONGEST:
        return text
    first, _, rest = text.partition("\n")
    return f"{first} {LEFT_OUT}\n{rest}"


def parsed(markdown: str) -> list[Token]:
    """Return the blocks of a text, as it is written."""
    return _MARKDOWN.parse(markdown)


class Lines:
    """Text as it is put together; `hidden`: the HTML elements that are open, within which nothing counts."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._hidden: list[str] = []
        self._struck = 0

    def text(self) -> str:
        lines = "".join(self._parts).split("\n")
        return "\n".join("" if not line.replace(LEFT_OUT, "").strip() else line.strip() for line in lines)

    def blocks(self, tokens: Iterable[Token]) -> None:
        quotes = 0
        for token in tokens:
            match token.type:
                case "blockquote_open":
                    quotes += 1
                case "blockquote_close":
                    quotes -= 1
                case "html_block" if not quotes:
                    self._html(token.content, block=True)
                    self._put("\n")
                case "inline" if not quotes:
                    self._inline(token.children or ())
                    self._put("\n")
                case "list_item_open" if not quotes:
                    self._put(f"{token.info}{token.markup} ")
                case _ if token.type.endswith("_close"):
                    self._put("\n")

    def _inline(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            match token.type:
                case "text" | "text_special":
                    self._put(token.content)
                case "softbreak" | "hardbreak":
                    self._put("\n")
                case "code_inline" | "image":
                    self._put(LEFT_OUT)
                case "s_open":
                    self._struck += 1
                case "s_close":
                    self._struck -= 1
                case "html_inline":
                    self._html(token.content, block=False)

    def _html(self, html: str, *, block: bool) -> None:
        for tag, opens, raw in _tags(html):
            if tag == "br" and not block:
                self._put("\n")
            elif tag in SINGLE:
                self._put("" if block else LEFT_OUT)
            elif tag in SHOWN:
                continue
            elif tag in KNOWN:
                self._open(tag) if opens else self._close(tag)
                self._put("" if block else LEFT_OUT)
            elif not block:
                self._put(raw)

    def _open(self, tag: str) -> None:
        self._hidden.append(tag)

    def _close(self, tag: str) -> None:
        if tag in self._hidden:
            while self._hidden.pop() != tag:
                pass

    def _put(self, text: str) -> None:
        if text == "\n" or not self._hidden and not self._struck:
            self._parts.append(text)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, bool, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, True, self.get_starttag_text() or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, True, self.get_starttag_text() or ""))

    def handle_endtag(self, tag: str) -> None:
        self.found.append((tag, False, f"</{tag}>"))


def _tags(html: str) -> Iterator[tuple[str, bool, str]]:
    """Give the tags of a piece of HTML; comments and the like are none."""
    parser = _Tags()
    parser.feed(html)
    parser.close()
    yield from parser.found


def _without_mail(lines: Sequence[str]) -> Iterator[str]:
    """Give the lines above what a mail quotes of another, or signs with."""
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if _MAIL.fullmatch(line) or _MAIL_BEGINS.fullmatch(line) and _MAIL.fullmatch(f"{line} {following}"):
            return
        yield line
