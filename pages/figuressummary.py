"""What the national report says in sentences, out of nothing but the published numbers."""

from django.utils.translation import gettext as _

from figures.queries import Figures, Line
from pages import figurewords


def summary(figures: Figures) -> list[str]:
    """Each sentence says a lower bound, or that a step is not filled yet."""
    found = {shown.table.code: shown.lines for shown in figures.tables}
    return [
        *_people(found["stage"], figures.step),
        *_foremost(found),
        *_referrals(found["funnel"], figures.step),
        *_waits(found),
    ]


def _people(lines: list[Line], step: int) -> list[str]:
    said = {line.parts[0]: line for line in lines}
    logged = said.get("logged")
    if logged is None:
        return [_("No whole step of %(step)s people who were logged yet.") % {"step": step}]
    sentences = [
        _("At least %(total)s people were logged so far, at least %(added)s of them new.")
        % {"total": logged.total, "added": logged.added}
    ]
    if confirmed := said.get("confirmed"):
        sentences.append(
            _("At least %(total)s people were recognised as victims for good.")
            % {"total": confirmed.total}
        )
    return sentences


def _foremost(found: dict[str, list[Line]]) -> list[str]:
    """The kind of exploitation and the region with the largest number."""
    sentences = []
    for code, words in (
        (
            "exploitation",
            _("The largest number by kind of exploitation: %(value)s (%(total)s)."),
        ),
        ("region", _("The largest number by where people live: %(value)s (%(total)s).")),
    ):
        if lines := found[code]:
            most = max(lines, key=lambda line: line.total)
            value = figurewords.word(code, most.parts[0])
            sentences.append(words % {"value": value, "total": most.total})
    return sentences


def _referrals(lines: list[Line], step: int) -> list[str]:
    said = {line.parts[0]: line.total for line in lines}
    if "sent" not in said:
        return [_("No whole step of %(step)s people who were referred yet.") % {"step": step}]
    none_yet = _("no whole step of %(step)s yet") % {"step": step}
    known = {
        name: said.get(name, none_yet) for name in ("sent", "accepted", "met", "completed")
    }
    return [
        _(
            "At least %(sent)s people were referred; accepted: %(accepted)s, met: %(met)s, "
            "completed: %(completed)s."
        )
        % known
    ]


def _waits(found: dict[str, list[Line]]) -> list[str]:
    """The band in which the middle one of those counted lies."""
    sentences = []
    for code, words in (
        ("days_to_contact", _("Half of those counted were first met within: %(value)s.")),
        ("days_to_decision", _("Half of those counted had a decision within: %(value)s.")),
    ):
        lines = found[code]
        half, sofar = sum(line.total for line in lines) / 2, 0
        for line in lines:
            sofar += line.total
            if sofar >= half:
                sentences.append(words % {"value": figurewords.word("days", line.parts[0])})
                break
    return sentences
