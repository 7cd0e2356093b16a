"""One sign for each that looks like it, so that a text is read as an eye reads it.

What is folded is as long as what was given, sign for sign: a place in the one is the same place in the
other, and what is found is told as it was typed.
"""

import unicodedata

# Unseen and yet between two letters: signs of format (Cf), and marks that nothing takes up (Mn), such
# as a stress or a choice among shapes of a letter.
_UNSEEN = frozenset({"Cf", "Mn"})
# By its kind, what any sign of it is written as.
_KINDS = {"Pd": "-", "Zs": " ", "Zl": "\n", "Zp": "\n"}
# Dashes and strokes that are of another kind.
_LIKE = str.maketrans("−⁃˗∕⁄", "---//")
# Letters of other alphabets that look like a Latin one, so that a code typed on another keyboard is one.
_LATIN = str.maketrans(
    "АВЕКМНОРСТУХІЅЈԚԜҮΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϳ", "ABEKMHOPCTYXISJQWYABEZHIKMNOPTYXCJ"
)


def seen(text: str) -> str:
    """The text without what is not seen; letters with a mark that are one sign stay one."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(sign for sign in composed if unicodedata.category(sign) not in _UNSEEN)


def folded(text: str) -> str:
    """Wide and narrow letters as the plain ones, figures of any script as 0 to 9, each dash as `-` and each
    blank as a blank."""
    return "".join(map(_plain, text.translate(_LIKE)))


def latin(text: str) -> str:
    """The same in large letters without their marks, with the Latin letter for each that looks like one."""
    bare = "".join(unicodedata.normalize("NFD", sign)[0] for sign in text)
    large = "".join(sign.upper() if len(sign.upper()) == 1 else sign for sign in bare)
    return large.translate(_LATIN)


def _plain(sign: str) -> str:
    if sign.isascii():
        return sign
    if sign.isdecimal():
        return str(unicodedata.digit(sign))
    alike = unicodedata.normalize("NFKC", sign)
    single = alike if len(alike) == 1 else sign
    return _KINDS.get(unicodedata.category(single), single)
