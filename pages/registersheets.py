"""The register of processing as tables of words: the page, the file and docs/register.md show them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from agencies import jurisdiction
from agencies.jurisdiction import Retention
from agencies.models import Member
from kernel.groups import DataGroup
from pages import labels
from pages.fieldwords import WORDS
from pages.recordwords import ABOUT
from pages.registerwords import CLASSES, MEASURES, PEOPLE
from rights import inclear, register, rules
from rights.columns import columns
from rights.fieldclasses import FieldClass
from rights.purposes import BASES, LAWS

NONE = "—"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of the register: the same cells wherever it is shown."""

    title: str
    head: list[str]
    rows: list[list[str]]


def sheets(actor: Member, *, on: dt.date) -> list[Sheet]:
    """The whole register, in the language of the reader. Four queries."""
    return [_who(on), *from_data(), _recipients(actor), _abroad(actor), _limits(), _measures()]


def from_data() -> list[Sheet]:
    """What no database is asked for."""
    return [_purposes(), _categories(), _sealed(), _in_clear()]


def _joined(parts: Iterable[Any]) -> str:
    return "; ".join(str(part) for part in parts) or NONE


def _who(on: dt.date) -> Sheet:
    law = jurisdiction.current()
    checked = _("yes") if law.checked_by_counsel else _("no: to be checked by counsel")
    rows = [
        [_("Date"), formats.date_format(on, "SHORT_DATE_FORMAT")],
        [_("Version"), register.version()],
        [_("Jurisdiction"), law.title[labels.spoken()]],
        [_("Legal bases and time limits checked by counsel"), checked],
    ]
    for each in register.controllers():
        said = each.agency.htcds
        rows.append([_("Controller"), each.agency.name])
        where = [said[name] for name in ADDRESS if said.get(name)]
        rows.append([_("Where it is found"), _joined(where)])
        officers = [" ".join(filter(None, [who.known_as, who.email])) for who in each.officers]
        rows.append([_("Data protection officer"), _joined(officers)])
    return Sheet(_("Who answers for it"), [_("What"), _("Found here")], rows)


ADDRESS = (
    "org_ShippingStreet", "org_ShippingCity", "org_ShippingPostalCode", "org_ShippingState",
    "org_Phone",
)  # fmt: skip


def _purposes() -> Sheet:
    rows = [
        [
            str(each.purpose.title),
            str(each.purpose.doing),
            _joined(PEOPLE[who] for who in each.people),
            _joined(f"{BASES[name].words} ({BASES[name].gdpr})" for name in each.purpose.bases),
            _national(each.purpose.bases),
            str(each.purpose.kept or _("as the time limits of a person's data say")),
        ]
        for each in register.processings()
    ]
    head = [
        _("Purpose"), _("What is done"), _("Whose data"), _("Legal basis (article of the GDPR)"),
        _("National law (article)"), _("Kept"),
    ]  # fmt: skip
    return Sheet(_("Purposes"), head, rows)


def _national(bases: Iterable[str]) -> str:
    """The articles of the law of the jurisdiction in force, each once."""
    code = jurisdiction.current().code
    if code not in LAWS:
        return NONE
    articles = {number for name in bases for number in BASES[name].national.get(code, ())}
    return f"{LAWS[code]}: {', '.join(map(str, sorted(articles)))}"


def _categories() -> Sheet:
    rows = [
        [
            str(each.purpose.title),
            f"{kind}: {CLASSES[kind]}",
            _joined(map(labels.group, each.groups)) if kind == FieldClass.SEALED else NONE,
            ", ".join(tables),
        ]
        for each in register.processings()
        for kind, tables in each.tables.items()
        if tables
    ]
    head = [_("Purpose"), _("Class of data"), _("Data groups"), _("Tables")]
    return Sheet(_("Categories of data, by purpose"), head, rows)


def _sealed() -> Sheet:
    rows = []
    for each in register.sealed():
        opened = labels.group(each.group) if each.group else _("the owner's side alone")
        if isinstance(each.what, DataGroup):
            title, words = opened, WORDS[each.what]
        else:
            title, words = str(ABOUT[each.what].title), ABOUT[each.what].fields
        rows.append([title, _joined(words[name].label for name in each.fields), opened])
    head = [pgettext("register", "Group or record"), _("What it holds"), _("Opened by")]
    return Sheet(_("Sealed data of a person"), head, rows)


def _in_clear() -> Sheet:
    rows = [[str(each.why), ", ".join(each.columns)] for each in inclear.REASONS]
    return Sheet(_("Personal data in clear, and why"), [_("Why"), _("Columns")], rows)


def _recipients(actor: Member) -> Sheet:
    rows = [
        [str(each.type.label), str(each.count), _joined(map(labels.group, each.groups))]
        for each in register.recipients(actor)
    ]
    head = [_("Kind of agency"), _("Registered"), _("Data groups at most, with a consent")]
    return Sheet(_("Recipients"), head, rows)


def _abroad(actor: Member) -> Sheet:
    rows = [[_("by the service itself"), _("none")]]
    rows += [
        [
            labels.country(country),
            ngettext("%(n)d agency", "%(n)d agencies", count) % {"n": count},
        ]
        for country, count in register.abroad(actor).items()
    ]
    head = [_("Country"), _("Agencies registered there")]
    return Sheet(_("Transfers to other countries"), head, rows)


def _limits() -> Sheet:
    rows = [
        [labels.retention_rule(rule.code), _length(rule), rule.source] for rule in rules.rules()
    ]
    return Sheet(_("Time limits"), [_("Whose data"), _("Kept"), _("By")], rows or [[NONE] * 3])


def _length(rule: Retention) -> str:
    """From the day that the case was closed or, if it never began, registered."""
    months = ngettext("%(n)d month", "%(n)d months", rule.months) % {"n": rule.months}
    if not rule.until_age:
        return months
    return _("%(months)s, and until the age of %(age)d") % {
        "months": months,
        "age": rule.until_age,
    }


def _measures() -> Sheet:
    rows = [[str(words), f"docs/security/{page}"] for words, page in MEASURES]
    return Sheet(_("Security measures"), [_("Measure"), _("Described in")], rows)


def every_table() -> Sheet:
    """Each table with its columns by class."""
    found: dict[str, dict[FieldClass, list[str]]] = {}
    for column in columns():
        if column.kind:
            found.setdefault(column.table, {}).setdefault(column.kind, []).append(column.name)
    rows = [
        [table, *(", ".join(kinds.get(kind, [])) or NONE for kind in FieldClass)]
        for table, kinds in found.items()
    ]
    return Sheet(_("Every table"), [_("Table"), *FieldClass], rows)
