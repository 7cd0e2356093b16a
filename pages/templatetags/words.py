"""Codes as words, and moments as "in 2 days": {% load words %}."""

import datetime as dt
from typing import Any

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from edge import phrases
from edge.sessions import AGAIN
from exchange import faultwords
from pages import labels, logwords

register = template.Library()
HOUR, DAY = 3600, 86400
SOON = dt.timedelta(hours=24)
# From then on somebody should ask the person again.
ENDING = dt.timedelta(days=7)

register.filter("group", labels.group)
register.filter("service_type", labels.service_type)
register.filter("district", labels.district)
register.filter("region", labels.region)
register.filter("role", labels.role)
register.filter("language", labels.language)
register.filter("country", labels.country)
register.filter("purpose", labels.clock)
register.filter("phrase", phrases.of)
register.filter("fault", faultwords.of)
register.filter("logged", logwords.of)


@register.filter
def label(code: str, name: str) -> str:
    """{{ person.gender|label:"prs_Gender" }}"""
    return labels.label(name, code) if code else ""


@register.filter
def moment(at: dt.datetime | None) -> str:
    """A day and a time in the reader's manner, in the time zone of their agency."""
    return formats.date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at else ""


@register.filter
def not_checked_since(day: dt.date | None) -> str:
    """How old an entry of the directory is that nobody has looked at for too long."""
    if day is None:
        return _("Nobody has checked this entry yet.")
    return _("Not checked since %(day)s.") % {"day": formats.date_format(day, "DATE_FORMAT")}


@register.filter
def due(at: dt.datetime | None) -> SafeString:
    """When something is due, by a sign and in words, never by colour alone."""
    if at is None:
        return SafeString("")
    left = at - timezone.now()
    words = span(abs(left))
    if left < dt.timedelta(0):
        look, sign, said = "late", "▲", _("overdue by %(span)s") % {"span": words}
    elif left < SOON:
        look, sign, said = "soon", "◆", _("due in %(span)s") % {"span": words}
    else:
        look, sign, said = "fine", "●", _("due in %(span)s") % {"span": words}
    return _marked(at, look, sign, said)


@register.filter
def ends(at: dt.datetime) -> SafeString:
    """When something that holds now is over: a consent, and nothing that anybody owes."""
    left = at - timezone.now()
    look, sign = ("soon", "◆") if left < ENDING else ("fine", "●")
    return _marked(at, look, sign, _("ends in %(span)s") % {"span": span(abs(left))})


def _marked(at: dt.datetime, look: str, sign: str, said: str) -> SafeString:
    return format_html(
        '<time class="status {}" data-sign="{}" datetime="{}" title="{}">{}</time>',
        look, sign, at.isoformat(), moment(at), said,
    )  # fmt: skip


@register.filter
def span(length: dt.timedelta) -> str:
    """The largest whole unit of a length of time, in words."""
    seconds = int(length.total_seconds())
    if seconds < HOUR:
        n = max(seconds // 60, 1)
        return ngettext("%(n)d minute", "%(n)d minutes", n) % {"n": n}
    if seconds < 2 * DAY:
        n = seconds // HOUR
        return ngettext("%(n)d hour", "%(n)d hours", n) % {"n": n}
    n = seconds // DAY
    return ngettext("%(n)d day", "%(n)d days", n) % {"n": n}


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """This page's query string with some of it changed; an empty value takes a part out. Whoever goes
    on from a page that was loaded by itself is there."""
    asked = context["request"].GET.copy()
    asked.pop(AGAIN, None)
    for name, value in changes.items():
        if value in (None, ""):
            asked.pop(name, None)
        else:
            asked[name] = value
    return f"?{asked.urlencode()}" if asked else "?"
