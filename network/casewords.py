"""Words that might tell of a case or a person: found before a text is kept, and told to its author alone.

No list knows every name. What passes here is not therefore fit to be said; `docs/network.md` says
what is found and what is not.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Q

from agencies.models import Agency, Member
from agencies.roles import CASEWORK
from cases import duty, vault
from cases import policy as cases
from kernel.errors import Invalid
from network import casecodes, commonwords, givennames, places, signs, telephones
from network.models import FocalPoint

_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = (
    r"(?:янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|студз|лют|сак|крас|май|чэрв|ліп|жні|вер|каст|ліст"
    r"|снеж|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*"
)
_DATE = (
    rf"(?:{_DAY}[./-](?:0?[1-9]|1[0-2])[./-](?:\d{{4}}|\d{{2}})|\d{{4}}-\d{{2}}-\d{{2}}"
    rf"|{_DAY}(?:-?(?:st|nd|rd|th|го|га))?\s+{_MONTH}\s+\d{{4}}|{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?,?\s+\d{{4}})"
)
_BORN = (
    r"(?:родил\w*|рожден\w*|рожд\.|рождён\w*|нарадзі\w*|нарадж\w*|народ[жз]\w*|д\.\s?р\.|г\.\s?р\."
    r"|born|birth\w*|d\.?o\.?b\b)"
)
_STREET = (
    r"(?:ул\.|улиц\w+|вул\.|вуліц\w+|пр-т|пр\.|проспект\w*|праспект\w*|пер\.|переул\w+|завул\w+|бульвар\w*"
    r"|б-р|шоссе|шаш\w+|пл\.|площад\w+|плошч\w+|наб\.|набереж\w+|тракт\w*|микрорайон\w*|мкр\.?)"
)
_CALLED = r"[^\W\d_][\w.-]{0,30}"
_HOUSE = r"(?:(?:д|дом|буд|корп)\w*\.?\s*)?\d+\w?"
# What each kind looks like; told as it stands in the text.
_SHAPES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        # E-mail addresses and names in messengers.
        r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
        r"(?<![\w@.])@\w{4,}",
        r"(?:t\.me|wa\.me|instagram\.com|facebook\.com|vk\.com|ok\.ru|tiktok\.com)/\S+",
        # Telephone numbers.
        r"(?<![\w+])\+\d[\d\s().-]{6,17}\d",
        r"(?<!\d)8\s?\(?0\d{2}\)?[\s-]?\d{3}[\s-]?\d{2}[\s-]?\d{2}(?!\d)",
        r"(?<!\d)8\s?\(?\d{3,4}\)?[\s-]?\d{2,3}[\s-]\d{2}[\s-]\d{2}(?!\d)",
        r"\(0?\d{2,4}\)\s?\d{2,3}[\s-]?\d{2}[\s-]?\d{2}(?!\d)",
        r"(?<![\d-])\d{2,3}[-]\d{2}[-]\d{2}(?![\d-])",
        r"(?<!\d)\d{3}\s\d{2}\s\d{2}(?!\d)",
        r"(?<!\d)\d{3}[-\s]\d{3}[-\s]\d{4}(?!\d)",
        r"(?<![\d.,])\d{7}(?!\d|[.,]\d|\s*(?:руб|бел|byn|usd|eur|евро|еўра|доллар|долар))",
        r"(?<![\d.,])\d{9,19}(?!\d)",
        # Numbers of documents: passports of Belarus and Russia, personal numbers, what is called so.
        r"(?<!\w)(?:[ABCHKMP][BMHPCK]|PP|SP|DP)\s?(?:№|no\.?|N)?\s?\d{7}(?!\d)",
        r"(?<!\w)\d{7}[A-Z]\d{3}[A-Z]{2}\d(?!\w)",
        r"(?<!\d)\d{2}\s\d{2}\s\d{6}(?!\d)",
        r"(?:па[сш]п[ао]рт\w*|passport|удостоверени\w+|пасведчан\w+|id card)\s*"  # noqa: ISC004 -- one shape
        r"(?:(?:серии|сер\.|серыі|series)\s*)?(?:№|no\.?|n|нумар|номер|number)?\s*:?\s*[a-zа-я]{0,3}\s?\d{5,}",
        # Days of birth.
        rf"{_BORN}[^.!?\n]{{0,30}}?{_DATE}",
        rf"{_DATE}(?:\s|,){{0,3}}(?:года?\s)?{_BORN}",
        # Addresses with the number of a house.
        rf"(?<!\w){_STREET}\s*{_CALLED}(?:\s{_CALLED}){{0,2}},?\s*{_HOUSE}",
        rf"(?<!\w)[^\W\d_][\w-]+\s(?:улиц\w+|вуліц\w+|проспект\w*|праспект\w*|шоссе),?\s*{_HOUSE}",
        # A quarter of a year is no flat: 3 кв. 2026.
        r"(?<!\w)(?:кв\.|квартир\w+|кватэр\w+|flat|apartment|apt\.?)\s*№?\s*(?!20\d{2}(?!\d))\d+",
        r"(?<!\w)\d+\s(?:[A-Z][\w-]+\s){1,3}(?:street|st|avenue|ave|road|rd|lane|boulevard|square)\b",
        r"(?<!\w)[A-Z][\w-]+\s(?:street|avenue|road|lane|boulevard|square),?\s\d+\w?",
    )
)
_WORD = re.compile(r"[^\W\d_]+(?:[-'’ʼ][^\W\d_]+)*")
_GAP = re.compile(r"[ \t\u00a0]+")
_LARGE = r"[A-ZА-ЯЁІЎ]"
_SMALL = r"[a-zа-яёіў]"
_INITIALS = (
    # Not of states and unions: the U.S. Department.
    re.compile(
        rf"(?<!\w)(?!U\.\s?[SKN]\.|E\.\s?U\.){_LARGE}\.\s?{_LARGE}\.\s?{_LARGE}{_SMALL}{{2,}}"
    ),
    re.compile(
        rf"(?<!\w){_LARGE}{_SMALL}{{2,}}\s{_LARGE}\.\s?{_LARGE}\.(?!\s?{_LARGE}{_SMALL})"
    ),
)
_ONE_INITIAL = (
    re.compile(rf"(?<!\w){_LARGE}\.\s?(?P<name>{_LARGE}{_SMALL}{{3,}})"),
    re.compile(rf"(?<!\w)(?P<name>{_LARGE}{_SMALL}{{3,}})\s{_LARGE}\."),
)
_TITLE = re.compile(
    r"(?<!\w)(?:[Гг]р\.|[Гг]-(?:жа|жу|же|жой|н|на|ну)|[Гг]ражданк\w+|[Гг]ражданин\w*|[Гг]рамадзян(?:ка|кі|цы|ін)"
    r"|[Сс]падарын\w+|Mr\.?|Mrs\.?|Ms\.?|Miss)\s"
    rf"(?P<name>{_LARGE}{_SMALL}{{2,}})"
)
_ENDS = ".!?…:;\n"
_OPENS = " \t\u00a0\r«»\"“”„'’(-•*"
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text: where it stands, how it is written, whether a sentence begins with it."""

    text: str
    start: int
    end: int
    begins: bool

    @property
    def is_large(self) -> bool:
        return self.text[0].isupper() and len(self.text) > 1

    @property
    def is_title(self) -> bool:
        return self.is_large and not self.text.isupper()


def require_none(said: Mapping[str, str], *, by: Member) -> None:
    """Raise `case_content` with the words that might tell of a case; nothing is kept of them, and
    nobody but the author is told. All that is said at once is looked over at once.

    Who is due for the duty to know may not search the names of their cases, and is not told here which
    words are among them: only that this may not be said.
    """
    known = known_phrases(by)
    is_due = duty.is_due(by)
    for name, text in said.items():
        typed, plain = _read(text)
        words = list(_words(plain))
        own = list(_of_own_people(words, by))
        spans = [*_by_their_look(plain, words, known), *([] if is_due else own)]
        if spans or own:
            found = tuple(_told(typed, spans)[:MOST_TOLD])
            raise Invalid("case_content", pointer=f"/{name}", words=found)


def told(text: str, *, by: Member, known: Iterable[str] = ()) -> list[str]:
    """The words of a text that might tell of a case, in their order, each once."""
    typed, plain = _read(text)
    words = list(_words(plain))
    return _told(typed, [*_by_their_look(plain, words, known), *_of_own_people(words, by)])


def _read(text: str) -> tuple[str, str]:
    """The text as it was typed, without what is not seen; and as it is read, sign for sign."""
    typed = signs.seen(text)
    return typed, signs.folded(typed)


def _by_their_look(
    plain: str, words: list[Word], known: Iterable[str]
) -> Iterator[tuple[int, int]]:
    yield from casecodes.spans(plain)
    yield from _shapes(plain)
    yield from telephones.spans(plain)
    yield from _initials(plain)
    yield from _names(plain, words, _spans(words, known))


def _told(typed: str, spans: Iterable[tuple[int, int]]) -> list[str]:
    return list(dict.fromkeys(typed[start:end].strip() for start, end in _merged(spans)))


def known_phrases(by: Member) -> list[str]:
    """Names that everybody who reads may know: of agencies, of the own colleagues, and of those who
    have agreed to be found. Of nobody else, so that what passes tells nobody who works where."""
    agencies = Agency.objects.filter(is_active=True).values_list("name", "public_name")
    shown = FocalPoint.objects.filter(agreed_at__isnull=False).values("member")
    members = Member.objects.filter(Q(agency=by.agency_id) | Q(pk__in=shown), is_active=True)
    people = members.values_list("first_name", "last_name")
    names = [name for pair in agencies for name in pair if name]
    names += [f"{first} {last}" for first, last in people if first and last]
    return names + [f"{last} {first}" for first, last in people if first and last]


def _words(text: str) -> Iterator[Word]:
    for match in _WORD.finditer(text):
        before = text[: match.start()].rstrip(_OPENS)
        begins = not before or before[-1] in _ENDS
        yield Word(match.group(), match.start(), match.end(), begins)


def _shapes(text: str) -> Iterator[tuple[int, int]]:
    for shape in _SHAPES:
        yield from (match.span() for match in shape.finditer(text))
    # Series of passports are typed in letters of either alphabet.
    yield from (match.span() for match in _SHAPES[_PASSPORT].finditer(signs.latin(text)))


_PASSPORT = next(n for n, shape in enumerate(_SHAPES) if "PP|SP|DP" in shape.pattern)


def _names(text: str, words: list[Word], known: set[int]) -> Iterator[tuple[int, int]]:
    """Names of people by what they look like; `known` are places of words that may be said."""
    for number, word in enumerate(words):
        if number in known:
            continue
        after = _beside(text, words, number, 1)
        before = _beside(text, words, number, -1)
        if _is_told(word, before, after):
            yield word.start, word.end
            for other in (before, after):
                if other is not None and _goes_with(word, other):
                    yield min(word.start, other.start), max(word.end, other.end)


def _initials(text: str) -> Iterator[tuple[int, int]]:
    """Names with an initial or two, and what follows a title."""
    for shape in _INITIALS:
        yield from (match.span() for match in shape.finditer(text))
    for shape in _ONE_INITIAL:
        for match in shape.finditer(text):
            if givennames.is_surname(match["name"]) and not places.is_place(match["name"]):
                yield match.span()
    yield from (match.span("name") for match in _TITLE.finditer(text))


def _beside(text: str, words: list[Word], number: int, step: int) -> Word | None:
    """The word next to it in the same sentence, with nothing but a blank between."""
    if not 0 <= number + step < len(words):
        return None
    first, second = sorted((words[number], words[number + step]), key=lambda word: word.start)
    return words[number + step] if _GAP.fullmatch(text[first.end : second.start]) else None


def _is_told(word: Word, before: Word | None, after: Word | None) -> bool:
    if not word.is_large:
        # Typed in haste: a given name and a surname, both small.
        return givennames.is_name(word.text) and after is not None and _is_small_surname(after)
    if givennames.is_name(word.text):
        return True
    if givennames.may_be_name(word.text):
        # Of names that are words in English a large word that follows is enough.
        follows = (
            after is not None and after.is_title and word.text.isascii() and not word.begins
        )
        return (follows and not _is_no_part(after)) or any(
            other is not None and _is_surname_of(word, other) for other in (before, after)
        )
    if word.begins or places.is_place(word.text):
        return False
    if givennames.is_patronymic(word.text):
        return True
    return givennames.is_surname(word.text) and not commonwords.is_common(
        word.text, before=before.text if before else "", after=after.text if after else ""
    )


def _goes_with(word: Word, other: Word) -> bool:
    """Whether the neighbour of a name is part of it."""
    if not word.is_large:
        return _is_small_surname(other)
    if not other.is_title or places.is_place(other.text):
        return False
    if givennames.may_be_name(other.text) or givennames.is_patronymic(other.text):
        return True
    # Before a name a sentence's first word is most often another word.
    return givennames.may_be_surname(other.text) or not (other.begins or _is_no_part(other))


def _is_no_part(other: Word | None) -> bool:
    """Whether it is written large beside a name, and is no part of it."""
    return other is None or other.text.casefold() in _AROUND or places.is_place(other.text)


def _is_surname_of(word: Word, other: Word) -> bool:
    if not other.is_large or places.is_place(other.text):
        return False
    if givennames.may_be_surname(other.text) or givennames.is_patronymic(other.text):
        return not (
            other.begins and other.start < word.start and not givennames.is_surname(other.text)
        )
    return False


def _is_small_surname(other: Word) -> bool:
    return not other.is_large and givennames.is_surname(other.text)


def _spans(words: list[Word], phrases: Iterable[str]) -> set[int]:
    """Which words belong to phrases that may be said, by their stems."""
    stems = [places.stem(word.text) for word in words]
    found: set[int] = set()
    for phrase in phrases:
        wanted = [places.stem(each) for each in _WORD.findall(phrase)]
        # An agency that is called like somebody does not let everybody of that name pass.
        if not wanted or (len(wanted) == 1 and givennames.may_be_name(phrase)):
            continue
        for start, stem in enumerate(stems[: len(stems) - len(wanted) + 1]):
            if stem == wanted[0] and stems[start : start + len(wanted)] == wanted:
                found |= set(range(start, start + len(wanted)))
    return found


def _of_own_people(words: list[Word], by: Member) -> Iterator[tuple[int, int]]:
    """Names of people whose case the author sees anyway, by their keyed tokens: each large word, and
    each two or three that follow each other. Of a case that is not shown to the author nothing is told."""
    if by.role not in CASEWORK:
        return
    spans: dict[str, list[tuple[int, int]]] = {}
    for number in range(len(words)):
        for last in range(number, min(number + 3, len(words))):
            part = words[number : last + 1]
            if last > number or part[0].is_large:
                spelling = " ".join(word.text for word in part)
                spans.setdefault(spelling, []).append((part[0].start, part[-1].end))
    found = vault.named(by.agency, spans)
    seen = cases.owned_and_visible_to(by).filter(person__in=[who for _, who in found])
    people = set(seen.values_list("person", flat=True)) if found else set()
    for spelling, who in found:
        if who in people:
            yield from spans[spelling]


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that overlap are told as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


_AROUND = frozenset(
    {
        "i",
        "the",
        "safehand",
        "house",
        "centre",
        "center",
        "foundation",
        "shelter",
        "project",
        "day",
    }
)
