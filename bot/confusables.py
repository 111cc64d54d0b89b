"""Characters that look like others, or like nothing: what a text is without them. By fixed patterns that look at each character once."""

import re
import unicodedata

_SYMBOL = "\u2190-\u21ff\u2300-\u23ff\u2460-\u27bf\u2900-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_VARIATION = re.compile(f"(?<=[{_SYMBOL}])[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]+")
_TONE = re.compile(r":skin-tone-[2-6]:")
_JOINED = re.compile(f"(?<=[{_SYMBOL}])\u200d(?=[{_SYMBOL}])")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ud800-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]")
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_LATIN = "a-z\u00aa-\u024f\u0250-\u02af\u1d00-\u1d7f\u1e00-\u1eff\u2c60-\u2c7f\ua720-\ua7ff\uab30-\uab6f"
_FOREIGN = (
    "\u0370-\u03ff\u0400-\u058f\u10a0-\u10ff\u13a0-\u13ff\u1400-\u167f\u1c80-\u1cbf\u1f00-\u1fff\u2c80-\u2dff\ua4d0-\ua4ff"
    "\ua640-\ua69f\uab70-\uabbf\U00010280-\U000104ff\U0001d200-\U0001d24f")
_MIXED = re.compile(f"[{_LATIN}][{_FOREIGN}]|[{_FOREIGN}][{_LATIN}]", re.IGNORECASE)
_LIKE = {
    "a": "аɑα𐊠ᴀ", "b": "ьвƅḅβƀ", "c": "сϲᴄⅽꮯ𐐽", "d": "ԁḍɗᏧđ", "e": "еҽєɛεėꬲ", "f": "ғſƒꞙϝ", "g": "ɡցġᶃ", "h": "һհḥн", "i": "іıɩιⅰ¡ɪӏľ",
    "j": "јϳɉ", "k": "κкĸқᴋ", "l": "ӏℓⅼł|ǀ", "m": "мṃⅿᴍ", "n": "пոṇηռ", "o": "оοօσ๐ഠ໐ᴏѳø", "p": "рρṗϱ", "q": "ԛզգ", "r": "гᴦꭇꮁṛ",
    "s": "ѕꜱṣʂ", "t": "тτṭŧᴛ", "u": "υսṳᴜцʋ", "v": "ѵνṿᴠⅴט", "w": "ԝшωᴡẉ", "x": "хχẋ", "y": "уγүყƴ", "z": "ᴢʐẓ", "?": "ʔɂ‽⸮",
    "+": "᛭➕", "-": "‐‑‒−➖⁃﹣", "1": "Ӏ", "'": "ʼ’‘ʹ′`´", " ": "\u2800",
}
_SKELETON = {ord(like): plain for plain, alike in _LIKE.items() for like in alike}


def normal(text: str) -> str:
    """Return a text by NFKC."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def plain_emoji(text: str) -> str:
    """Return a text with its emoji in their one form: without skin tones, variation selectors and what joins them."""
    return _TONE.sub("", text if text.isascii() else _JOINED.sub("", _VARIATION.sub("", text)))


def fold(text: str) -> str:
    """Return a text as it is compared: caseless by no locale, each character in its place."""
    folded = text.casefold()
    return folded if len(folded) == len(text) else "".join(map(_folded, text))


def _folded(character: str) -> str:
    folded = character.casefold()
    return folded if len(folded) == 1 else character


def deceives(text: str) -> bool:
    """Tell whether a normal text holds what nobody sees, or a word of two alphabets that look alike."""
    return _UNSEEN.search(text) is not None or not text.isascii() and _MIXED.search(_MARKS.sub("", text)) is not None


def skeleton(text: str) -> str:
    """Return what a normal text looks like: without the unseen and without marks, look-alikes replaced, caseless."""
    if text.isascii() and _UNSEEN.search(text) is None:
        return text.lower()
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", _UNSEEN.sub("", fold(text))))
    return fold(bare.translate(_SKELETON))
