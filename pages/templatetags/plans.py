"""The days of a plan, and its chart: {% load plans %}."""

import datetime as dt

from django import template
from django.utils.safestring import SafeString

from cases import deadlines
from cases.models import Case
from pages.templatetags import words

register = template.Library()


@register.filter
def due_by(day: dt.date | None, case: Case) -> SafeString:
    """When a day is over where the owner of the case is, by a sign and in words."""
    return words.due(deadlines.end_of_day(case, day) if day else None)


@register.filter
def of(texts: dict[str, str], code: str) -> str:
    """The opened text of what has this code; nothing if it has none."""
    return texts.get(code, "")
