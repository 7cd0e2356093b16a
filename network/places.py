"""Names of places, which may be said, and the stems by which words in other cases are known again."""

import re
from functools import cache

from agencies import lists

_ENDING = re.compile(
    r"(?:ого|ому|ыми|ими|ага|аму|ая|яя|ое|ее|ае|яе|ой|ей|ай|яй|ом|ем|ам|ям|ым|им|ым|ах|ях|ую|юю|ы[йх]|ий|их|ю|у|а"
    r"|я|ы|и|і|е|э|о|й|ь)$"
)
_OF_A_PLACE = re.compile(r"(?:[сц]к(?:ий|ая|ое|ой|і|ая|ае)?|н(?:ая|ый))$")
_WORD = re.compile(r"[^\W\d_]+")
# Towns and countries that look like names of people, and are in no list of ours.
_MORE = """
Киев Кіеў Львов Львоў Харьков Харкаў Ростов Растоў Краков Кракаў Кишинев Кишинёв Кішынёў Псков Пскоў Саратов
Тамбов Азов Чернигов Чарнігаў Ржев Чехов Могилев Могилёв Магілёў Борисов Барысаў Рогачев Рогачёв Рагачоў
Косово Косава Молдова Малдова Kyiv Chisinau Barysau Mogilev Rogachev Rostov Saratov Kosovo Moldova
Полтава Палтава Бердичев Бердзічаў Серпухов Женева Жэнева Братислава Браціслава Острава Елгава
Даугава Сучава Оттава Атава Трнава Kharkov Pskov Tambov Azov Rzhev Lvov Chernigov Serpukhov Berdichev Poltava
Geneva Bratislava Ostrava Jelgava Daugava Suceava Trnava Krakov
Минск Мінск Гомель Витебск Віцебск Гродно Гродна Брест Брэст Москва Масква Варшава Вильнюс Вільнюс Одесса Одэса
"""
# Of a place and of many people: of people, then.
_NOT = frozenset({"иванов", "іванаў", "киров", "ленин", "ленін"})
LEAST, LONGER = 4, 5


def stem(word: str) -> str:
    """The word without what its case adds."""
    plain = word.casefold().replace("ё", "е")
    bare = _ENDING.sub("", plain)
    return bare if len(bare) >= LEAST - 1 else plain


def is_place(word: str) -> bool:
    """Whether it is a place of our lists, or made of one: Пинск, Пинска, пинский."""
    plain = word.casefold().replace("ё", "е")
    if stem(word) in _stems():
        return True
    return any(
        plain[:length] in _roots()
        for length in range(max(LEAST, len(plain) - LONGER), len(plain) + 1)
    )


@cache
def _all() -> frozenset[str]:
    names = [name for place in lists.districts().values() for name in place.names.values()]
    names += [name for names_ in lists.regions().values() for name in names_.values()]
    names += [name for spelled in lists.country_spellings().values() for name in spelled]
    words = {word for name in [*names, _MORE] for word in _WORD.findall(name)}
    return frozenset(word for word in words if len(word) >= LEAST and word[0].isupper())


@cache
def _stems() -> frozenset[str]:
    return frozenset(stem(word) for word in _all()) - _NOT


@cache
def _roots() -> frozenset[str]:
    """What is left of an adjective of a place."""
    cut = {_OF_A_PLACE.sub("", word.casefold().replace("ё", "е")) for word in _all()}
    adjectives = {word for word in cut if len(word) > LEAST}
    return frozenset(adjectives) - _NOT
