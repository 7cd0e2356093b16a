"""What may be said to the person, whoever else may hear or read it: a closed list, in the person's
language. None says who speaks, or about what."""

from collections.abc import Iterable

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

TEXTS: dict[str, Promise] = {
    "call_back": pgettext_lazy("to the person", "Please call back when it suits you."),
    "appointment": pgettext_lazy("to the person", "We will meet as agreed."),
    "other_day": pgettext_lazy("to the person", "Shall we agree on another day?"),
    "come_by": pgettext_lazy("to the person", "Please come by when you have time."),
    "papers": pgettext_lazy("to the person", "The papers you asked about are ready."),
    "how_are_you": pgettext_lazy("to the person", "I wanted to ask how you are."),
}
# ISO 639-2 of a person to the languages that the service speaks.
SPOKEN = {"bel": "be", "rus": "ru", "eng": "en"}


def language_of(languages: Iterable[str]) -> str:
    """The first language of the person that the service speaks, English where there is none."""
    return next((SPOKEN[each] for each in languages if each in SPOKEN), "en")


def said(text: str, languages: Iterable[str]) -> str:
    """The words as the person reads or hears them."""
    with translation.override(language_of(languages)):
        return str(TEXTS[text])
