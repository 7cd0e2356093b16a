"""The guidance over HTTP: whole or by topic, in the language that is asked for."""

from typing import Any

import pytest

from agencies.models import Member
from guidance import whys
from kernel.datafiles import LANGUAGES

pytestmark = pytest.mark.django_db


def test_all_of_it_comes_with_its_sources(signed_in: Any, sender: Member) -> None:
    found = signed_in(sender).get("guidance/?language=en").json()["results"]

    assert [each["key"] for each in found] == whys.keys()
    whereabouts = next(each for each in found if each["key"] == "groups.whereabouts")
    said = whys.why("groups.whereabouts", "en")
    assert said is not None
    assert whereabouts == {
        "key": "groups.whereabouts",
        "topic": "groups",
        "code": "whereabouts",
        "text": said.text,
        "sources": [
            {
                "key": "coe_197.11",
                "title": "Convention on Action against Trafficking in Human Beings",
                "publisher": "Council of Europe",
                "year": 2005,
                "part": "art. 11",
            },
            {
                "key": "iom_2007.4",
                "title": "Handbook on Direct Assistance for Victims of Trafficking",
                "publisher": "International Organization for Migration",
                "year": 2007,
                "part": "chapter 4",
            },
        ],
    }


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_one_topic_comes_in_one_language(signed_in: Any, sender: Member, language: str) -> None:
    path = f"guidance/?topic=urgency&language={language}"

    found = signed_in(sender).get(path).json()["results"]

    texts = {each["key"]: each["text"] for each in found}
    expected = {key: whys.why(key, language) for key in whys.keys("urgency")}
    assert texts == {key: each.text for key, each in expected.items() if each}
    assert len(texts) == 3


def test_without_a_language_it_is_ones_own(signed_in: Any, sender: Member) -> None:
    client = signed_in(sender)

    plain = client.get("guidance/?topic=risk").json()
    english = client.get("guidance/?topic=risk&language=en").json()
    belarusian = client.get("guidance/?topic=risk", headers={"accept-language": "be"}).json()

    assert plain == english
    assert belarusian == client.get("guidance/?topic=risk&language=be").json()
    assert belarusian != english


@pytest.mark.parametrize(
    ("asked", "pointer"), [("topic=x", "/topic"), ("language=de", "/language")]
)
def test_what_is_not_there_is_refused(
    signed_in: Any, sender: Member, asked: str, pointer: str
) -> None:
    answer = signed_in(sender).get(f"guidance/?{asked}")

    told = [(each["code"], each["pointer"]) for each in answer.json()["errors"]]
    assert (answer.status_code, told) == (400, [("unknown_code", pointer)])
