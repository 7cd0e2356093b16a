"""The sentences that a person is asked by, group by group, to be read out in their language."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import get_language, get_language_info, override, pgettext_lazy

from cases.models import Person
from cases.workflow import Purpose
from kernel.groups import DataGroup
from pages import labels
from pages.frame import LANGUAGES

# The languages that the pages speak, by the codes in which a person's languages are stored.
SPOKEN = {"eng": "en", "rus": "ru", "bel": "be"}

# Of each data group: what is asked, and what the answer means.
ASKED: dict[str, tuple[Promise, Promise]] = {
    DataGroup.TRIAGE: (
        pgettext_lazy(
            "read out", "May “%(agency)s” see a short card about you, without your name?"
        ),
        pgettext_lazy(
            "read out",
            "It says how urgent it is, your age group, the district, your languages and what help "
            "you look for. It goes along whenever you say yes to anything else.",
        ),
    ),
    DataGroup.IDENTITY: (
        pgettext_lazy(
            "read out",
            "May “%(agency)s” be told your name, when you were born and which papers you have?",
        ),
        pgettext_lazy(
            "read out", "They would know whom they meet, and could write papers for you."
        ),
    ),
    DataGroup.CONTACT: (
        pgettext_lazy("read out", "May “%(agency)s” be told how to reach you safely?"),
        pgettext_lazy(
            "read out", "They would use it to call or write only in the way that you chose."
        ),
    ),
    DataGroup.SAFETY: (
        pgettext_lazy(
            "read out",
            "May “%(agency)s” be told, in a few words, what could be dangerous for you?",
        ),
        pgettext_lazy(
            "read out",
            "They would use it to protect you, and to put you at no risk by mistake.",
        ),
    ),
    DataGroup.FAMILY: (
        pgettext_lazy(
            "read out",
            "May “%(agency)s” be told about your family, your children or your guardian?",
        ),
        pgettext_lazy(
            "read out", "They would use it to help those who depend on you or look after you."
        ),
    ),
    DataGroup.TRAFFICKING: (
        pgettext_lazy("read out", "May “%(agency)s” be told what happened to you?"),
        pgettext_lazy("read out", "They would not have to ask you to tell it all once more."),
    ),
    DataGroup.SCREENING: (
        pgettext_lazy(
            "read out", "May “%(agency)s” see your answers to the questions that we asked you?"
        ),
        pgettext_lazy("read out", "They would not have to ask you the same again."),
    ),
    DataGroup.HEALTH: (
        pgettext_lazy("read out", "May “%(agency)s” be told about your health?"),
        pgettext_lazy(
            "read out", "They would use it to treat you well and to care for what you need."
        ),
    ),
    DataGroup.MENTAL_HEALTH: (
        pgettext_lazy(
            "read out",
            "May “%(agency)s” be told about your mental health: how you feel, sleep and cope?",
        ),
        pgettext_lazy(
            "read out", "They would use it to support you in the way that does you good."
        ),
    ),
    DataGroup.LEGAL: (
        pgettext_lazy(
            "read out",
            "May “%(agency)s” be told about your legal matters: courts, papers, leave to stay?",
        ),
        pgettext_lazy("read out", "They would use it to advise you and to stand up for you."),
    ),
    DataGroup.PLAN: (
        pgettext_lazy(
            "read out", "May “%(agency)s” see your plan, as far as they take part in it?"
        ),
        pgettext_lazy(
            "read out", "They would know what you agreed on, and what their part is."
        ),
    ),
    DataGroup.WHEREABOUTS: (
        pgettext_lazy("read out", "May “%(agency)s” be told where you are now?"),
        pgettext_lazy("read out", "Nobody is told this without your yes."),
    ),
}
# What the agency would do with it.
FOR: dict[str, Promise] = {
    Purpose.SERVICE: pgettext_lazy("read out", "I would like to ask “%(agency)s” to help you."),
    Purpose.IDENTIFICATION: pgettext_lazy(
        "read out", "I would like to ask “%(agency)s” for a formal decision on your situation."
    ),
    Purpose.LEGAL_PROCEEDINGS: pgettext_lazy(
        "read out", "“%(agency)s” would use what you allow in legal proceedings."
    ),
}
FREE = pgettext_lazy(
    "read out",
    "They are told something about you only if you agree. You decide on each point, and you may "
    "say no: you will be helped all the same.",
)
TAKE_BACK = pgettext_lazy(
    "read out",
    "You can take it back at any time, without saying why. From that moment on they see nothing "
    "more.",
)


@dataclass(frozen=True, slots=True)
class Question:
    """A data group as it is asked about: in the person's language, and named in the reader's."""

    group: str
    ask: str
    means: str
    speak: str
    named: str

    @property
    def bidi(self) -> bool:
        return bool(get_language_info(self.speak)["bidi"])


def question(group: str, *, agency: str, speak: str) -> Question:
    ask, means = ASKED[group]
    named = labels.group(group)
    with override(speak):
        return Question(group, str(ask) % {"agency": agency}, str(means), speak, named)


def opening(purpose: str, *, agency: str, speak: str) -> str:
    """What is said before the questions, in the person's language."""
    with override(speak):
        return str(FOR[purpose]) % {"agency": agency}


def rights(speak: str) -> list[str]:
    """What is said to everybody, whatever they are asked."""
    with override(speak):
        return [str(FREE), str(TAKE_BACK)]


def asked_in(request: HttpRequest, name: str = "speak") -> str:
    """The language that the address asks for by this name; else the reader's."""
    asked = request.GET.get(name, "")
    return asked if asked in dict(LANGUAGES) else (get_language() or "en")


def speak_of(request: HttpRequest, person: Person) -> str:
    """The language to read out in: the one asked for, else the person's, else the reader's."""
    asked = request.GET.get("speak", "")
    if asked in dict(LANGUAGES):
        return asked
    theirs = (SPOKEN[code] for code in person.languages if code in SPOKEN)
    return next(theirs, labels.spoken())


def heard_in(speak: str, person: Person) -> str:
    """The stored code of the language that the person hears: where none of ours is theirs, an
    interpreter says it in their own."""
    ours = next(code for code, short in SPOKEN.items() if short == speak)
    return ours if ours in person.languages or not person.languages else person.languages[0]


def spoken_words(speak: str) -> dict[str, Any]:
    """For a template: the language to read out in, and which way it runs."""
    info = get_language_info(speak)
    return {"speak": speak, "speak_name": info["name_local"], "speak_bidi": info["bidi"]}
