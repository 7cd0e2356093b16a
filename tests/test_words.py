"""Everything that the service says stands in Russian and in Belarusian, and says the same."""

import ast
import datetime as dt
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.forms import CharField, DateField
from django.utils import formats, translation
from django.utils.translation import ngettext
from django.utils.translation.template import templatize

from notify.notices import FOR_A_GUEST, Kind, Words, words_of
from pages import labels

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = sorted(
    found.parent.name for found in ROOT.glob("*/__init__.py") if found.parent.name != "tests"
)
LANGUAGES = ["ru", "be"]
# Where the context and the words stand among the arguments of each function of Django.
ARGUMENTS = {
    "gettext": (None, 0),
    "gettext_noop": (None, 0),
    "ngettext": (None, 0),
    "pgettext": (0, 1),
    "npgettext": (0, 1),
}
PLACES = re.compile(r"%\(\w+\)[a-z]|%%|\{\w*\}")
# What no mail may speak of: persons, services, agencies, trafficking. Stems of both languages.
SILENT = re.compile(
    r"\b(жертв|ахвяр|торговл|гандл|человек|чалавек|реб[её]н|дзіц|дзец|случа|выпад|направл|накірав"
    r"|услуг|паслуг|приют|прытул|милиц|міліц|организац|арганізацы|согласи|згод|\w*идентиф|ідэнтыф)",
    re.IGNORECASE,
)

Key = tuple[str | None, str]


def catalogue(language: str) -> Catalog:
    path = ROOT / "locale" / language / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def entries(language: str) -> list[Message]:
    return [each for each in catalogue(language) if each.id]


def forms(words: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """The one form of what is said, or the forms of its plural."""
    return [words] if isinstance(words, str) else list(words or [""])


def said_in_code(source: str) -> Iterator[Key]:
    """Context and words of every call that translates a literal, by whatever name it is imported."""
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name: alias.name.removesuffix("_lazy")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called: str = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
        called = names.get(called, called.removesuffix("_lazy"))
        if called not in ARGUMENTS:
            continue
        literals = [getattr(each, "value", None) for each in node.args]
        context, words = ARGUMENTS[called]
        if words < len(literals) and isinstance(literals[words], str):
            yield (None if context is None else str(literals[context])), str(literals[words])


def said_in_template(source: str) -> Iterator[Key]:
    # What is not to be translated becomes names of X; its indentation means nothing to Python.
    lines = "\n".join(line.strip() for line in templatize(source).splitlines())
    found = extract("python", io.BytesIO(lines.encode()), keywords=DEFAULT_KEYWORDS)
    for _, words, _, context in found:
        yield context, forms(words)[0]


def said() -> dict[Key, str]:
    """Everything that is said, and a file that says it."""
    found: dict[Key, str] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for key in said_in_code(path.read_text(encoding="utf-8")):
                found[key] = str(path.relative_to(ROOT))
        for path in sorted((ROOT / package).glob("templates/**/*.*")):
            for key in said_in_template(path.read_text(encoding="utf-8")):
                found[key] = str(path.relative_to(ROOT))
    return found


def test_words_are_found_in_code_and_in_templates() -> None:
    code = """
from django.utils.translation import gettext as _, ngettext, npgettext_lazy, pgettext_lazy as p
from django.utils import translation
_("one" " and a half"); p("where", "two"); ngettext("%(n)d", "%(n)ds", n)
npgettext_lazy("where", "three", "threes", n); translation.gettext_lazy("four"); _(five)
"""
    template = """{% load i18n %}
      <p title="{% translate 'six' %}">it's (</p>
  {% translate "seven" context "where" as it %}{% blocktranslate trimmed with a=b %}
    eight {{ a }}
  {% endblocktranslate %}{% blocktranslate count n=m %}{{ n }} nine{% plural %}nines{% endblocktranslate %}"""

    assert set(said_in_code(code)) == {
        (None, "one and a half"),
        ("where", "two"),
        (None, "%(n)d"),
        ("where", "three"),
        (None, "four"),
    }
    assert set(said_in_template(template)) == {
        (None, "six"),
        ("where", "seven"),
        (None, "eight %(a)s"),
        (None, "%(n)s nine"),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_is_said_is_translated(language: str) -> None:
    there = {
        (each.context, forms(each.id)[0])
        for each in entries(language)
        if all(forms(each.string))
    }

    missing = {key: where for key, where in said().items() if key not in there}

    lines = sorted(
        f"{where}: {context or ''}|{words}" for (context, words), where in missing.items()
    )
    assert missing == {}, "\n".join([f"{len(lines)} have no words in {language}:", *lines])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_a_guess_or_empty(language: str) -> None:
    found = entries(language)

    assert [each.id for each in found if each.fuzzy] == []
    assert [each.id for each in found if not all(forms(each.string))] == []
    assert [
        each.id for each in found if each.pluralizable and len(forms(each.string)) != 3
    ] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_of_its_original(language: str) -> None:
    """In each form of a plural, too: the first serves 21 and 31 as well as 1."""
    differing = [
        (each.id, each.string)
        for each in entries(language)
        for form in forms(each.string)
        if set(PLACES.findall(form)) != set(PLACES.findall(forms(each.id)[-1]))
    ]

    assert differing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_is_of_another_alphabet(language: str) -> None:
    """No Latin letter hides in a Cyrillic word; Russian has no і and ў, Belarusian no и and щ."""
    foreign = {"ru": "іў’", "be": "ищъ"}[language]
    mixed = re.compile(rf"[a-z][а-яёіў]|[а-яёіў][a-z]|[{foreign}]", re.IGNORECASE)

    wrong = [
        form
        for each in entries(language)
        for form in forms(each.string)
        if mixed.search(PLACES.sub(" ", form))
    ]

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_place_has_a_name_in_the_readers_language(language: str) -> None:
    foreign = {"ru": "іў’ёa-z", "be": "ищъa-z"}[language]
    with translation.override("en"):
        english = dict([*labels.districts(), *labels.regions()])
    with translation.override(language):
        spoken = dict([*labels.districts(), *labels.regions()])

    assert spoken.keys() == english.keys()
    assert [name for name in spoken.values() if re.search(f"[{foreign}]", name.lower())] == []


def test_places_stand_in_the_order_of_the_alphabet() -> None:
    with translation.override("be"):
        found = [name for _, name in labels.districts() if name.startswith(("З", "І", "К"))]

    assert found[:2] == ["Заводскі раён", "Зэльвенскі раён"]
    assert found[2:5] == ["Іванаўскі раён", "Івацэвіцкі раён", "Іўеўскі раён"]
    assert found[5] == "Калінкавіцкі раён"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", [*map(words_of, Kind), FOR_A_GUEST], ids=[*Kind, "guest"])
def test_a_mail_is_silent_in_every_language(words: Words, language: str) -> None:
    with translation.override("en"):
        original = str(words.subject), str(words.body)
    with translation.override(language):
        spoken = str(words.subject), str(words.body)

    assert [mine == theirs for mine, theirs in zip(spoken, original, strict=True)] == [
        False
    ] * 2
    assert SILENT.findall(" ".join(spoken)) == []


@pytest.mark.parametrize(
    ("language", "short", "long", "moment", "number"),
    [
        ("en", "03.11.2026", "3 November 2026", "3 November 2026, 08:05", "1,234.5"),
        ("ru", "03.11.2026", "3 ноября 2026 г.", "3 ноября 2026 г. 8:05", "1\xa0234,5"),
        ("be", "03.11.2026", "3 лістапада 2026 г.", "3 лістапада 2026 г., 08:05", "1\xa0234,5"),
    ],
)
def test_a_date_is_written_as_people_write_it(
    language: str, short: str, long: str, moment: str, number: str
) -> None:
    at = dt.datetime(2026, 11, 3, 8, 5, tzinfo=dt.UTC)
    with translation.override(language):
        written = [
            formats.date_format(at, "SHORT_DATE_FORMAT"),
            formats.date_format(at, "DATE_FORMAT"),
            formats.date_format(at, "DATETIME_FORMAT"),
            formats.number_format("1234.5", use_l10n=True, force_grouping=True),
        ]
        first_day = formats.get_format("FIRST_DAY_OF_WEEK")

    assert written == [short, long, moment, number]
    assert first_day == 1


@pytest.mark.parametrize("language", ["en", "be"])
@pytest.mark.parametrize("typed", ["03.11.2026", "2026-11-03"])
def test_a_date_is_read_in_both_manners(language: str, typed: str) -> None:
    with translation.override(language):
        assert DateField(localize=True).clean(typed) == dt.date(2026, 11, 3)


def test_belarusian_is_in_the_official_orthography() -> None:
    """Django's own catalogue is not; ours puts right what people see of it."""
    months = [dt.date(2026, month, 2) for month in (3, 5, 9, 12)]
    with translation.override("be"):
        written = [formats.date_format(day, "j E") for day in months]
        needed = str(CharField().error_messages["required"])

    assert written == ["2 сакавіка", "2 мая", "2 верасня", "2 снежня"]
    assert needed == "Гэта поле трэба запоўніць."


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ru", ["1 день", "2 дня", "5 дней", "11 дней", "21 день", "22 дня", "112 дней"]),
        ("be", ["1 дзень", "2 дні", "5 дзён", "11 дзён", "21 дзень", "22 дні", "112 дзён"]),
    ],
)
def test_a_number_has_the_form_that_it_asks_for(language: str, expected: list[str]) -> None:
    numbers = [1, 2, 5, 11, 21, 22, 112]
    with translation.override(language):
        counted = [ngettext("%(n)d day", "%(n)d days", n) % {"n": n} for n in numbers]

    assert counted == expected
