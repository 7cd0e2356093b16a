"""Made-up people with the names of the region, written down twice as two agencies may do it.

Common first names, stems of family names and fathers' names in Belarusian and Russian; the Latin
spellings are made by the two official ways of writing them (Belarus 2007, ICAO 9303), each by a
table of its own that has nothing of cases.names. Seeded: the same people each time.
"""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

# Belarusian and Russian; the first are the most frequent, as among people.
WOMEN = """Алена Елена|Наталля Наталья|Таццяна Татьяна|Ірына Ирина|Вольга Ольга|Святлана Светлана
Кацярына Екатерина|Ганна Анна|Марыя Мария|Юлія Юлия|Людміла Людмила|Аксана Оксана|Анастасія Анастасия
Вікторыя Виктория|Марына Марина|Валянціна Валентина|Галіна Галина|Дар'я Дарья|Аляксандра Александра
Ксенія Ксения|Надзея Надежда|Лідзія Лидия|Лізавета Елизавета|Інна Инна|Алеся Олеся|Яўгенія Евгения
Паліна Полина|Вераніка Вероника|Жанна Жанна|Раіса Раиса|Зінаіда Зинаида|Аліна Алина|Крысціна Кристина
Дыяна Диана|Ніна Нина|Вера Вера|Любоў Любовь|Тамара Тамара|Анжаліка Анжелика|Карына Карина"""
MEN = """Аляксандр Александр|Сяргей Сергей|Уладзімір Владимир|Андрэй Андрей|Мікалай Николай
Дзмітрый Дмитрий|Аляксей Алексей|Віктар Виктор|Міхаіл Михаил|Юрый Юрий|Васіль Василий|Ігар Игорь
Іван Иван|Яўген Евгений|Алег Олег|Павел Павел|Максім Максим|Анатоль Анатолий|Пётр Пётр|Раман Роман
Вадзім Вадим|Дзяніс Денис|Арцём Артём|Кірыл Кирилл|Мікіта Никита|Антон Антон|Станіслаў Станислав
Леанід Леонид|Валерый Валерий|Рыгор Григорий|Вячаслаў Вячеслав|Глеб Глеб|Ілья Илья|Фёдар Фёдор"""
# Man's form in Belarusian and Russian, then the woman's.
FAMILIES = """Іваноў Иванов Іванова Иванова|Казлоў Козлов Казлова Козлова|Кавалёў Ковалёв Кавалёва Ковалёва
Навікаў Новиков Навікава Новикова|Марозаў Морозов Марозава Морозова|Васільеў Васильев Васільева Васильева
Пятроў Петров Пятрова Петрова|Раманоўскі Романовский Раманоўская Романовская|Кавальчук Ковальчук
Бондар Бондарь|Шаўчэнка Шевченко|Савіцкі Савицкий Савіцкая Савицкая|Жукоўскі Жуковский Жукоўская Жуковская
Карповіч Карпович|Клімовіч Климович|Мельнік Мельник|Лебедзеў Лебедев Лебедзева Лебедева|Шчэрба Щерба
Мядзведзеў Медведев Мядзведзева Медведева|Станкевіч Станкевич|Шаўчук Шевчук|Макаранка Макаренко
Кузняцоў Кузнецов Кузняцова Кузнецова|Нікіценка Никитенко|Сідарэнка Сидоренко|Ляўковіч Левкович
Ткачоў Ткачёв Ткачова Ткачёва|Дуброўскі Дубровский Дуброўская Дубровская|Гурыновіч Гуринович
Зайцаў Зайцев Зайцава Зайцева|Паўлаў Павлов Паўлава Павлова|Сакалоў Соколов Сакалова Соколова
Багдановіч Богданович|Астапенка Остапенко|Ермаловіч Ермолович|Хацкевіч Хацкевич|Цітоў Титов Цітова Титова
Чарняўскі Чернявский Чарняўская Чернявская|Юшкевіч Юшкевич|Янкоўскі Янковский Янкоўская Янковская
Лукашук Лукашук|Дземідовіч Демидович|Рабцаў Рябцев Рабцава Рябцева|Пашкевіч Пашкевич|Вайцяховіч Войтехович
Сямёнаў Семёнов Сямёнава Семёнова|Фралоў Фролов Фралова Фролова|Цярэшчанка Терещенко|Міхайлаў Михайлов Міхайлава Михайлова
Грыцук Грицук|Канановіч Кононович|Рудкоўскі Рудковский Рудкоўская Рудковская|Заяц Заяц|Верабей Воробей"""
# Added to the stems above, so that there are some hundreds of families.
BEGINNINGS = ("", "", "Бела Бело", "Чарна Черно", "Стара Старо", "Нова Ново")
FATHERS = """Мікалаевіч Николаевич Мікалаеўна Николаевна|Уладзіміравіч Владимирович Уладзіміраўна Владимировна
Іванавіч Иванович Іванаўна Ивановна|Аляксандравіч Александрович Аляксандраўна Александровна
Сяргеевіч Сергеевич Сяргееўна Сергеевна|Віктаравіч Викторович Віктараўна Викторовна
Міхайлавіч Михайлович Міхайлаўна Михайловна|Анатольевіч Анатольевич Анатольеўна Анатольевна
Васільевіч Васильевич Васільеўна Васильевна|Пятровіч Петрович Пятроўна Петровна
Аляксеевіч Алексеевич Аляксееўна Алексеевна|Юр'евіч Юрьевич Юр'еўна Юрьевна
Леанідавіч Леонидович Леанідаўна Леонидовна|Паўлавіч Павлович Паўлаўна Павловна
Рыгоравіч Григорьевич Рыгораўна Григорьевна|Яўгенавіч Евгеньевич Яўгенаўна Евгеньевна
Дзмітрыевіч Дмитриевич Дзмітрыеўна Дмитриевна|Ігаравіч Игоревич Ігараўна Игоревна
Фёдаравіч Фёдорович Фёдараўна Фёдоровна|Станіслававіч Станиславович Станіславаўна Станиславовна"""
VOWELS = "аоуыэяёюіе"
BE_LATIN = dict(zip(
    "абвгдежзійклмнопрстуўфхцчшыьэ'",
    ["a", "b", "v", "h", "d", "e", "zh", "z", "i", "j", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "u", "f", "kh", "ts", "ch", "sh", "y", "", "e", ""], strict=False,
))  # fmt: skip
RU_LATIN = dict(zip(
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    ["a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "i", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "ie", "y", "", "e", "iu", "ia"],
    strict=True,
))  # fmt: skip
SOFT = {"е": "e", "ё": "o", "ю": "u", "я": "a"}
LOOSE = (("iia", "iya"), ("ii", "y"), ("kh", "h"), ("iu", "yu"), ("ia", "ya"), ("ei", "ey"))


@dataclass(frozen=True, slots=True)
class Made:
    """A person in the two languages; a pair of texts is Belarusian and Russian."""

    sex: str
    first: tuple[str, str]
    family: tuple[str, str]
    father: tuple[str, str]
    born: dt.date

    def written(self, language: int) -> dict[str, Any]:
        return {
            "prs_FirstName": self.first[language],
            "prs_SecondName": self.family[language],
            "prs_MiddleName": self.father[language],
            "prs_Birthdate": self.born.isoformat(),
        }


def belarusian_latin(word: str) -> str:
    text = word.lower().replace("\u2019", "'")
    out = ""
    for n, each in enumerate(text):
        before = text[n - 1] if n else ""
        if each in SOFT:
            hard = not before or before in f"{VOWELS}ьў'"
            out += ("i" if not hard else "y") + SOFT[each]
        else:
            out += BE_LATIN.get(each, each)
    return out.capitalize()


def russian_latin(word: str) -> str:
    return "".join(RU_LATIN.get(each, each) for each in word.lower()).capitalize()


def loosely(word: str) -> str:
    """As people write their own names in Latin letters."""
    text = russian_latin(word).lower()
    for strict, loose in LOOSE:
        text = text.replace(strict, loose)
    return text.capitalize()


# A way of writing: which of the two languages, and into which letters.
WAYS: tuple[tuple[int, Callable[[str], str]], ...] = (
    (0, str), (1, str), (0, belarusian_latin), (1, russian_latin), (1, loosely),
)  # fmt: skip


class Town:
    """People as they come; the frequent names are frequent."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        split = lambda text: [each.split() for each in text.replace("\n", "|").split("|")]  # noqa: E731 -- used here alone
        self.women, self.men = split(WOMEN), split(MEN)
        self.families, self.fathers = split(FAMILIES), split(FATHERS)

    def often(self, rows: list[list[str]]) -> list[str]:
        weights = [1 / (n + 4) for n in range(len(rows))]
        return self.chance.choices(rows, weights)[0]

    def person(self) -> Made:
        woman = self.chance.random() < 0.75
        first = self.often(self.women if woman else self.men)
        family, father = self.often(self.families), self.often(self.fathers)
        place = 2 if woman and len(family) == 4 else 0
        beginning = self.chance.choice(BEGINNINGS).split() or ["", ""]
        be, ru = (
            (start + rest.lower()) if start else rest
            for start, rest in zip(beginning, family[place : place + 2], strict=True)
        )
        born = dt.date(1965, 1, 1) + dt.timedelta(days=self.chance.randrange(365 * 45))
        place = 2 if woman else 0
        return Made("Feminine" if woman else "Masculine", (first[0], first[1]), (be, ru),
                    (father[place], father[place + 1]), born)  # fmt: skip

    def relative(self, person: Made) -> Made:
        """A sister or a brother: the family and the father are the same."""
        first = self.often(self.women if person.sex == "Feminine" else self.men)
        days = self.chance.randrange(400, 4000)
        return replace(
            person, first=(first[0], first[1]), born=person.born + dt.timedelta(days=days)
        )

    def spelled(self, person: Made) -> dict[str, Any]:
        language, letters = self.chance.choice(WAYS)
        written = person.written(language)
        for part in ("prs_FirstName", "prs_SecondName", "prs_MiddleName"):
            written[part] = letters(written[part])
        return written

    def slip(self, word: str) -> str:
        """One letter wrong, missing, added or swapped with the next."""
        n = self.chance.randrange(1, max(2, len(word) - 1))
        letter = self.chance.choice("aeioknrst" if word.isascii() else "аеіокнрст")
        return self.chance.choice((
            word[:n] + letter + word[n + 1 :], word[:n] + word[n + 1 :],
            word[:n] + letter + word[n:], word[:n] + word[n : n + 2][::-1] + word[n + 2 :],
        ))  # fmt: skip

    def slip_of_day(self, day: str) -> str:
        """One digit of a day wrong, still a day that there is."""
        while True:
            n = self.chance.choice((2, 3, 6, 8, 9))
            wrong = day[:n] + self.chance.choice("0123456789") + day[n + 1 :]
            try:
                if wrong != day and dt.date.fromisoformat(wrong).year > 1950:
                    return wrong
            except ValueError:
                continue
