"""Which texts are a yes, said once more and otherwise: by the letter of the grammar, character by character, in no pattern."""

import unicodedata
from string import ascii_lowercase, digits

WORDS = ("approve", "approved", "lgtm", "ship it", "+1", "yes")
EMOJI = ("👍", "✅", ":+1:", ":thumbsup:", ":white_check_mark:")
HEDGES = {"but", "if", "when", "after", "before", "unless", "until", "not", "don't", "never", "only", "except", "wait", "hold", "once",
          "pending"}
NO = {"reject", "rejected", "deny", "denied", "decline", "declined", "no"}
CROCKFORD = set(digits + ascii_lowercase) - set("ilou")
HIDDEN = {"Cf", "Cs", "Co"}


def is_yes(text: str, refs: dict[str, str]) -> bool:
    """Tell whether a text is a yes to a request. `refs`: those that are open, with their digests; more than one must be named."""
    text = unicodedata.normalize("NFKC", text)
    for emoji in EMOJI[:2]:
        for tone in ("\ufe0f", *map(chr, range(0x1f3fb, 0x1f400))):
            while emoji + tone in text:
                text = text.replace(emoji + tone, emoji)
    for tone in "23456":
        text = text.replace(f":skin-tone-{tone}:", "")
    letters = "".join(c if c.isalpha() or unicodedata.combining(c) else " " for c in text)
    if any(unicodedata.category(c) in HIDDEN for c in text) or any(map(mixed, letters.split())):
        return False
    lines = text.strip().splitlines()
    if not lines:
        return False
    first, rest = lines[0].strip(), "\n".join(lines[1:]).strip()
    for name in ("@placet ", "@placet, ", "@placet: ", "@placet\t"):
        if first.lower().startswith(name):
            first = first[len(name):].strip()
            break
    return said(first, rest, refs)


def said(first: str, rest: str, refs: dict[str, str]) -> bool:
    line = first.lower()
    if line in EMOJI:
        return len(refs) == 1 and sound(rest)
    if line[:1] in ("/", "!"):
        line = line[1:]
    for word in sorted(WORDS, key=len, reverse=True):
        if line.startswith(word) and followed(line[len(word):], rest, refs, weak=word == "yes"):
            return True
    return False


def followed(tail: str, rest: str, refs: dict[str, str], *, weak: bool) -> bool:
    """What may follow a verb: a ref, its digest, then signs or a reason."""
    if ends(tail, rest, weak=weak):
        return len(refs) == 1
    if tail[:1] not in (" ", "\t"):
        return False
    named = tail.lstrip(" \t").removeprefix("#")
    for length in (4, 5, 6):
        typed, after = named[:length], named[length:]
        if len(typed) < length or not all(c in CROCKFORD for c in typed):
            break
        fits = [digest for ref, digest in refs.items() if ref.lower().startswith(typed)]
        if len(fits) != 1 or after[:1].isalnum():
            continue
        if ends(after, rest, weak=weak):
            return True
        code = after.strip(" \t")
        for size in range(8, 65):
            if after[:1] in (" ", "\t") and len(code) >= size and fits[0].startswith(code[:size]) and ends(code[size:], rest, weak=weak):
                return True
    return False


def ends(tail: str, rest: str, *, weak: bool) -> bool:
    if not tail.strip(".!"):
        return sound(rest)
    reasons = []
    if tail[0] in ":,":
        reasons.append(tail[1:])
    for sign in ("-", "–", "—", "because"):
        parts = tail.lstrip(" \t").partition(sign)
        if tail[0] in " \t" and parts[0] == "" and parts[2][:1] in (" ", "\t"):
            reasons.append(parts[2])
    return not weak and any(sound(f"{reason}\n{rest}") and f"{reason}{rest}".strip() != "" for reason in reasons)


def sound(reason: str) -> bool:
    """Tell whether a reason holds no hedge and no no."""
    words = "".join(c if c.isalnum() or c in "'’" or unicodedata.combining(c) else " " for c in reason.lower()).replace("’", "'").split()
    return "?" not in reason and not (HEDGES | NO) & {word.strip("'") for word in words} and "👎" not in reason and "❌" not in reason


def mixed(word: str) -> bool:
    """Tell whether Latin letters stand beside Greek or Cyrillic ones."""
    scripts = {unicodedata.name(c, "").split(" ")[0] for c in word if c.isalpha()}
    return "LATIN" in scripts and bool(scripts & {"GREEK", "CYRILLIC"})
