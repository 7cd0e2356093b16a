"""Names in one form, so that Iryna, Irina, Ирина and Ірына meet. Exact and by sound."""

import re
import unicodedata

Readings = tuple[tuple[re.Pattern[str], str], ...]
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
    return " ".join(sorted(_read(word, _SOUNDS) for word in words_of(name)))


# What the three spellings of a name still differ in, after their letters are Latin: soft d and t,
# the vowels that akanne and yakanne make one, v and the short u, and doubled letters.
_STEMS = (
    (re.compile("shch"), "sc"),
    (re.compile("zh"), "z"),
    (re.compile("sh"), "s"),
    (re.compile("ch"), "c"),
    (re.compile("dz"), "d"),
    (re.compile("ts"), "t"),
    (re.compile("kh|[gh]"), "h"),
    (re.compile("ph"), "f"),
    (re.compile("th"), "t"),
    (re.compile("ck|q"), "k"),
    (re.compile("x"), "ks"),
    (re.compile("[vw]"), "u"),
    (re.compile("[yj]"), "i"),
    (re.compile("[oe]"), "a"),
    (re.compile(r"i+(?=[aiu])"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
)
# Names that are one in two languages and differ by more than spelling; one group to a line.
_ONE_NAME = """
Мікалай Николай Mikola Nicholas Nikola
Ганна Анна
Вольга Ольга
Кацярына Екатерина Катерина Catherine Katerina
Настасся Анастасия
Аляксандр Александр Alexander Alexandra Aleksandr
Рыгор Григорий Gregory
Язэп Иосиф Осип Joseph
Пётр Peter
Павел Paul
Яўген Евгений Eugene
Юрый Юрий Georgy
Аўдоцця Евдокия
Тацяна Татьяна Таццяна
Алена Елена Elena Helena
Ксенія Ксения Xenia
Міхаіл Михаил Michael
"""
_PATRONYMIC = re.compile(r"(a?u(ic|na?)|ica?|icna?|inicna?)$")


def stem(word: str) -> str:
    """One form of a name in its three spellings, without the ending that tells sex or case."""
    bare = _bare(word, _STEMS)
    return _SAME.get(bare, bare)


# Of letters that are two in Latin, as sh, the h is left out: a slip inside them would otherwise be
# two slips. What sounds alike is one letter here as well, and a soft d or t a hard one.
_OUTLINES = (
    (re.compile("kh|[gh]"), ""),
    (re.compile("dz"), "d"),
    (re.compile("ts"), "t"),
    (re.compile("[vw]"), "u"),
    (re.compile("[yj]"), "i"),
    (re.compile("[oe]"), "a"),
    (re.compile("ck|q"), "k"),
    (re.compile("x"), "ks"),
    (re.compile(r"(.)\1+"), r"\1"),
)


def outline(word: str) -> str:
    """A coarser form of a name, in which one slip of the pen is one letter."""
    return _bare(word, _OUTLINES)


def father(patronymic: str) -> str:
    """The stem of the father's name in a patronymic, the same for his son and his daughter."""
    bare = _PATRONYMIC.sub("", stem(patronymic)).rstrip("ai")
    return _SAME.get(bare, bare)


def _bare(word: str, readings: Readings) -> str:
    plain = _read("".join(words_of(word)), readings)
    return plain.rstrip("ai") or plain


def _read(plain: str, readings: Readings) -> str:
    """Each reading builds on the last."""
    for pattern, reading in readings:
        plain = pattern.sub(reading, plain)
    return plain


_SAME: dict[str, str] = {}
_SAME.update(
    {
        stem(spelling): stem(line.split()[0])
        for line in _ONE_NAME.strip().splitlines()
        for spelling in line.split()
    }
)
