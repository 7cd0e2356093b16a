"""Names in one form, so that Iryna, Irina, Ирина and Ірына meet. Exact and by sound."""

import re
import unicodedata

# Belarusian and Russian letters to one Latin reading. The readings of i, y and й fall together
# below, as do g and h, so that the three spellings of one name give one sound.
_LATIN = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ё": "e",
        "ж": "zh", "з": "z", "и": "i", "і": "i", "й": "i", "к": "k", "л": "l", "м": "m",
        "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ў": "u",
        "ф": "f", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y",
        "ь": "", "э": "e", "ю": "iu", "я": "ia", "'": "", "’": "", "ʼ": "",
    }
)  # fmt: skip
_SOUNDS = (
    (re.compile("kh"), "h"),
    (re.compile("[gh]"), "h"),
    (re.compile("w"), "v"),
    (re.compile("[yj]"), "i"),
    (re.compile("o"), "a"),
    (re.compile("i+"), "i"),
    (re.compile(r"(.)\1+"), r"\1"),
)


def words_of(name: str) -> list[str]:
    """Lower-case Latin words without marks, in alphabetical order."""
    plain = unicodedata.normalize("NFC", name).casefold().translate(_LATIN)
    plain = unicodedata.normalize("NFKD", plain)
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return sorted(re.findall(r"[^\W_]+", plain))


def exact(name: str) -> str:
    return " ".join(words_of(name))


def sound(name: str) -> str:
    """How the name sounds, roughly: the same for its usual spellings in be, ru and en."""
    words = []
    for word in words_of(name):
        for pattern, reading in _SOUNDS:
            word = pattern.sub(reading, word)  # noqa: PLW2901 -- each reading builds on the last
        words.append(word)
    return " ".join(sorted(words))
