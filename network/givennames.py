"""Common given names, written down by hand, in the forms that sentences bring; and endings of surnames."""

import re

# Names that are no other word, in the three languages and of those who come from elsewhere.
_CYRILLIC = """
Александр Александра Аляксандр Аляксандра Алексей Аляксей Алина Аліна Алиса Аліса Алла Алёна Алена Алеся
Анастасия Настасся Анастасія Анатолий Анатоль Ангелина Андрей Анжела Анна Ганна Антон Антонина Антаніна
Арсений Артём Артем Арцём Артур Богдан Борис Барыс Вадим Вадзім Валентин Валентина Валянціна Валерий Валерия
Валерыя Валерый Варвара Василий Васіль Василиса Вероника Вераніка Виктор Віктар Виктория Вікторыя Виталий
Віталь Владимир Уладзімір Владислав Уладзіслаў Вячеслав Вольга Ольга Галина Галіна Геннадий Генадзь Георгий
Глеб Григорий Рыгор Дарья Дар'я Дария Денис Дзяніс Диана Дмитрий Дзмітрый Евгений Евгения Яўген Яўгенія
Екатерина Кацярына Катерина Елена Елизавета Лізавета Жанна Зинаида Зинаіда Зоя Иван Іван Игорь Ігар Илья Ілля
Инна Іна Ирина Ірына Ирына Карина Карына Кирилл Кірыл Константин Канстанцін Кристина Крысціна Ксения Ксенія
Лариса Ларыса Леонид Леанід Людмила Людміла Лидия Лідзія Маргарита Маргарыта Марина Марына Мария Марыя Марьяна
Матвей Максим Максім Михаил Міхаіл Мікалай Николай Надзея Наталья Наталля Наталия Никита Мікіта Нина Ніна Оксана
Аксана Олег Алег Павел Петр Пётр Полина Паліна Раиса Раіса Руслан Руслана Светлана Святлана Святослав Сергей
Сяргей Семён Семен Снежана Станислав Станіслаў Степан Сцяпан Тамара Тарас Татьяна Таццяна Тимофей Тимур
Ульяна Фёдор Федор Юлия Юлія Юрий Юрый Яков Якаў Ярослав Яраслаў Кастусь Язэп
Аня Катя Каця Маша Оля Таня Наташа Настя Насця Даша Ира Юля Саша Женя Жэня Вика Лиза Соня Ваня Петя Дима Миша
Серёжа Серёга Лёша Паша Костя Олеся Алёша Ксюша Ксюха Галя Валя Вася Люда Люба Лена Света Тоня Лида
Аиша Айгуль Айша Ахмед Гульнара Зарина Лейла Магомед Мадина Мухаммед Нигора Рустам Фатима Хадиджа Шахноза
"""
# What is also another word or a place: a name only beside another name.
_CYRILLIC_ALSO = """
Вера Надежда Любовь Роза Лилия Роман Слава Яна Лев Майя Мила Злата Рая Марк Лада Ян Милана Рима Эмма Адам Ева
София Соф'я Денис Мирон Август Виолетта Камила Лола Анжелика Игнат Лука
"""
_LATIN = """
Anna Hanna Anastasia Nastassia Alexander Aliaksandr Aleksandr Alexandra Aliaksandra Aleksei Alexei Aliaksei Alena Alina
Andrei Andrey Anton Barys Boris Dmitry Dmitri Dzmitry Daria Darya Dasha Ekaterina Katsiaryna Katerina Katya Elena
Yelena Elizaveta Evgenia Evgeny Yauhen Fyodor Galina Halina Ihar Igor Ilya Inna Irina Iryna Ivan Kiryl Kirill Kristina
Ksenia Larisa Larysa Liudmila Lyudmila Ludmila Maksim Maxim Marharyta Margarita Maria Mariya Maryia Marina Maryna Masha
Mikalai Nikolai Mikhail Natalia Natallia Natasha Nina Oksana Aksana Oleg Aleh Olga Volha Pavel Polina Raisa Ruslan
Sergei Sergey Siarhei Sasha Snezhana Stanislav Svetlana Sviatlana Tamara Tatiana Tatyana Tatsiana Uladzimir Vladimir
Valentina Valeria Vasil Vasily Veronika Viktar Viktor Viktoria Vitali Yana Yulia Yuliya Julia Yury Zinaida
Aisha Ahmed Amina Fatima Mohammed Muhammad Hassan Leyla Layla Nguyen Amara Chidi Kwame Adaeze Olamide Priya
John Peter Michael James Robert Sarah Emma Elizabeth Catherine Thomas William Susan Linda Karen Emily Jessica Oliver
"""
_LATIN_ALSO = """
Mark Grace Hope Faith Rose Joy Bill June Art Jack Roman Victor Victoria Christian Angel David Mary Sofia Vera Eve Adam
Blessing Mercy Precious Jan Paul Luke
"""
_FLEETING = {"павел": ("павл",), "лев": ("льв",), "пётр": ("петр",)}
# By the last letter of a name: what is cut off, and what may stand in its place.
_ENDINGS = (
    ("а", 1, "а ы и і е у ой ою ай аю э"),
    ("я", 1, "я и і е ю ей ёй яй ею"),
    ("й", 1, "й я ю ем е и"),
    ("ь", 1, "ь я ю ем е ем ём ю"),
)
_HARD = ("", "а", "у", "ом", "ам", "е")
_SOFTLY = re.compile(r"['’ʼ]s$")


def _forms(name: str) -> set[str]:
    bare = name.casefold()
    for last, cut, endings in _ENDINGS:
        if bare.endswith(last):
            return {bare[:-cut] + ending for ending in endings.split()}
    return {stem + ending for stem in (bare, *_FLEETING.get(bare, ())) for ending in _HARD}


def _cyrillic(names: str) -> frozenset[str]:
    return frozenset(form for name in names.split() for form in _forms(name))


NAMES = (_cyrillic(_CYRILLIC) | {name.casefold() for name in _LATIN.split()}) - {"яны", "тани"}
ALSO_WORDS = _cyrillic(_CYRILLIC_ALSO) | {name.casefold() for name in _LATIN_ALSO.split()}
PATRONYMIC = re.compile(
    r"(?:(?:о|е|ё|а|ь)[вв]ич(?:а|у|ем|е)?|(?:о|е|ё)вн(?:а|ы|е|у|ой)|(?:ич|ини?ч)н(?:а|ы|е|у|ой)"
    r"|(?:а|о|е|ё)віч(?:а|у|ам|ы)?|(?:а|о|е|ё|я)ўн(?:а|ы|е|у|ай)|(?:іч|ініч)н(?:а|ы|е|у|ай)"
    r"|[oea]vn[ae]|(?:au|eu|iou)na|[oea]vich|ichna)$"
)
# Endings that hardly any other word has when it is written large.
SURNAME = re.compile(
    r"(?:(?:о|е|ё)в(?:а|у|ой|ым)?|(?:о|ё|е|а)ў|(?:а|о|е|ё)в(?:а|у|ай|ой)|[еэ]нк[оа]|ч[уэ]ка?|ч[уэ]ку"
    r"|(?:о|е|а)вич(?:а|у|ем)?|(?:а|о|е|э)віч(?:а|у|ам)?|[oea]v|[oeay]v[ao]|enk[oa]|chuk|[aeo]vich|[aeo]vych)$"
)
# Beside a given name these are a surname, too.
BESIDE = re.compile(
    r"(?:ин|ина|ину|иной|ын|ына|ск(?:ий|ая|ой|ого|ую|ому)|ск(?:і|ая|ай|ага|ую)|цк(?:ий|ая|і)|ко|ка|ик|ік"
    r"|юк|чик|чык|ец|ич|іч|in|ina|ski|skaya|skaia|ska|iuk|yuk|ko|ik)$"
)
LEAST = 5


def is_name(word: str) -> bool:
    """Whether it is a given name in one of its forms, or two of them, and no other word."""
    return any(part in NAMES for part in {_plain(word), *_plain(word).split("-")})


def may_be_name(word: str) -> bool:
    """The same, also where it is another word as well."""
    return is_name(word) or _plain(word) in ALSO_WORDS


def is_patronymic(word: str) -> bool:
    return len(word) > LEAST + 1 and PATRONYMIC.search(_plain(word)) is not None


def is_surname(word: str) -> bool:
    return len(word) >= LEAST and SURNAME.search(_plain(word)) is not None


def may_be_surname(word: str) -> bool:
    """The same for what is one only beside a given name."""
    return is_surname(word) or (len(word) >= LEAST and BESIDE.search(_plain(word)) is not None)


def _plain(word: str) -> str:
    return _SOFTLY.sub("", word.casefold())
