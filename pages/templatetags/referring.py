"""Codes of referrals as words, where a list has the codes alone: {% load referring %}."""

from django import template

from agencies.clocks import Urgency
from pages.templatetags.words import span
from referral.workflow import State

register = template.Library()
register.filter("span", span)


@register.filter
def urgency(code: str) -> str:
    return str(Urgency(code).label)


@register.filter
def referral_state(code: str) -> str:
    return str(State(code).label)
