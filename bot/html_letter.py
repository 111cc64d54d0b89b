"""A mail as HTML: a tree of elements, whose writer escapes every text, so that nothing that people wrote is markup."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from bot.cards import Card, State
from bot.replies import all_of, any_of

FONT = "-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
MONO = "ui-monospace,Menlo,Consolas,monospace"
LOOK = {  # mail readers that know no style sheet show the light one, which stands at each element
    "page": "margin:0;padding:24px 12px;background:#fbfaf8",
    "sheet": "max-width:600px;margin:0 auto;text-align:left",
    "heading": f"margin:8px 0 12px;font:600 14px/1.4 {FONT};color:#635e56",
    "card": "margin:0 0 16px;padding:16px 18px;background:#ffffff;border:1px solid #e6e2dc;border-radius:10px",
    "title": f"margin:0 0 2px;font:600 17px/1.35 {FONT};color:#1d1c1a",
    "status": f"margin:0 0 12px;font:14px/1.5 {FONT};color:#635e56",
    "wait": f"margin:0 0 12px;font:600 14px/1.5 {FONT};color:#8a5100",
    "yes": f"margin:0 0 12px;font:600 14px/1.5 {FONT};color:#18714a",
    "no": f"margin:0 0 12px;font:600 14px/1.5 {FONT};color:#b83227",
    "label": f"padding:2px 16px 2px 0;font:13px/1.5 {FONT};color:#635e56;vertical-align:top;white-space:nowrap;text-align:left",
    "value": f"padding:2px 0;font:14px/1.5 {FONT};color:#1d1c1a;vertical-align:top;overflow-wrap:anywhere",
    "code": f"padding:2px 0;font:13px/1.5 {MONO};color:#1d1c1a;vertical-align:top",
    "do": "margin:14px 0 0",
    "button": f"display:inline-block;padding:9px 16px;border-radius:8px;background:#2f5bd0;color:#ffffff;font:600 14px/1.2 {FONT};"
              "text-decoration:none",
    "note": f"margin:0 0 8px;font:14px/1.5 {FONT};color:#1d1c1a",
    "foot": f"margin:0 0 4px;font:13px/1.5 {FONT};color:#635e56",
    "link": "color:#2f5bd0",
}
DARK = {
    "page": "background:#16171a", "heading": "color:#a9a6a0", "card": "background:#1e2024;border-color:#303339", "title": "color:#ecebe8",
    "status": "color:#a9a6a0", "wait": "color:#f0b429", "yes": "color:#4cc38a", "no": "color:#ff8f85", "label": "color:#a9a6a0",
    "value": "color:#ecebe8", "code": "color:#ecebe8", "button": "background:#8fb0ff;color:#16171a", "note": "color:#ecebe8",
    "foot": "color:#a9a6a0", "link": "color:#8fb0ff"}
SHEET = "".join([
    ":root{color-scheme:light dark;supported-color-schemes:light dark}@media (prefers-color-scheme:dark){",
    *(f".{name}{{{';'.join(f'{each} !important' for each in look.split(';'))}}}" for name, look in DARK.items()), "}"])
TONES = {  # any other: no
    State.OPEN: "wait", State.RUNNING: "yes", State.FINISHED: "yes", State.PARTIAL: "wait", State.TAKING_BACK: "wait"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Cards under a heading; `more`: what is said of those that are left out."""

    heading: str
    cards: Sequence[Card]
    more: str


def html_letter(subject: str, parts: Sequence[Part], foot: Sequence[str], account: str | None) -> str:
    html = Element("html", lang="en")
    head = SubElement(html, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    SubElement(head, "meta", name="color-scheme", content="light dark")
    SubElement(head, "title").text = subject
    SubElement(head, "style").text = SHEET
    body = _add(html, "body", "page")
    sheet = _add(body, "div", "sheet", role="article", lang="en")
    for part in parts:
        _add(sheet, "h1", "heading", part.heading)
        for card in part.cards:
            _card(sheet, card)
        if part.more:
            _add(sheet, "p", "note", part.more)
    for line in foot:
        _add(sheet, "p", "foot", line)
    if account is not None:
        _add(_add(sheet, "p", "foot"), "a", "link", "Turn these mails off", href=account)
    return "<!doctype html>\n" + tostring(html, encoding="unicode", method="html")


def _card(sheet: Element, card: Card) -> None:
    box = _add(sheet, "div", "card")
    _add(box, "h2", "title", card.title)
    _add(box, "p", TONES.get(card.state, "no"), f"{card.mark} {card.headline}")
    if not card.readable:
        _add(box, "p", "note", "It can be read, and answered, in Placet.")
    else:
        table = _add(box, "table", "facts", role="presentation", cellpadding="0", cellspacing="0", border="0")
        for label, value, look in _rows(card):
            row = SubElement(table, "tr")
            _add(row, "td", "label", label)
            _add(row, "td", look, value)
    for link in card.links:
        _add(_add(box, "p", "do"), "a", "button", link.action, href=link.url)
    if card.may_answer and not card.links:
        _add(box, "p", "do note", f"Answer where it is discussed, or by placet flows approve {card.ref}.")


def _rows(card: Card) -> Iterator[tuple[str, str, str]]:
    if card.subjects and card.subjects != (card.asked_by,):
        yield "For", all_of(card.subjects), "value"
    yield "Asked by", card.asked_by, "value"
    yield "Project", card.project, "value"
    if card.reason:
        yield "Reason", card.reason, "value"
    for fact in card.facts:
        yield fact.label, fact.text, "value"
    if card.may_answer:
        yield "May answer", any_of(card.may_answer), "value"
    if card.lapses:
        yield "Lapses", card.lapses, "value"
        yield "Code", f"{card.ref} {card.digest}", "code"
    if card.skipped:
        yield "Skipped by", card.skipped + (f": {card.skip_reason}" if card.skip_reason else ""), "value"
    for yes in card.answers:
        yield "Approved by", f"{yes.who}, {yes.when}, {yes.where}", "value"


def _add(above: Element, tag: str, look: str, text: str = "", **attributes: str) -> Element:
    styles = ";".join(LOOK[name] for name in look.split() if name in LOOK)
    element = SubElement(above, tag, {"class": look, **({"style": styles} if styles else {}), **attributes})
    element.text = text
    return element
