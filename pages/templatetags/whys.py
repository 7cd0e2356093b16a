"""Why something is asked or chosen, where it stands: {% load whys %}{% why "groups" code words %}."""

from typing import Any

from django import template

from guidance import whys
from pages import labels

register = template.Library()


@register.inclusion_tag("pages/why.html")
def why(topic: str, code: str, what: Any, *, named: bool = False) -> dict[str, Any]:
    """Folded, named after `what` it is about; nothing where there is no why of this code. Beside the
    thing itself only a screen reader hears the name; `named`, where it stands apart, shows it."""
    spoken = labels.spoken()
    found = whys.why(f"{topic}.{code}", spoken)
    return {"why": found, "what": what, "named": named, "spoken": spoken}


@register.inclusion_tag("pages/whyeach.html")
def why_each(topic: str, choices: list[tuple[Any, Any]], what: Any) -> dict[str, Any]:
    """Of a list to choose from, which can hold nothing but words: one fold with each choice's why."""
    spoken = labels.spoken()
    found = [(words, whys.why(f"{topic}.{code}", spoken)) for code, words in choices if code]
    return {"rows": [(words, each) for words, each in found if each], "what": what}
