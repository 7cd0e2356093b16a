"""What is allowed now, agency by agency: from consents, overrides and agencies kept apart."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from agencies.models import Agency
from cases.models import Consent, Exclusion, Override
from cases.workflow import Purpose
from kernel.groups import in_order


@dataclass(frozen=True, slots=True)
class Line:
    """What one consent lets one agency be told, for one purpose."""

    consent: Consent
    agency: Agency
    purpose: str
    groups: list[str]

    @property
    def for_what(self) -> str:
        return str(Purpose(self.purpose).label)


@dataclass(slots=True)
class Towards:
    """One agency, and all that it may be told."""

    agency: Agency
    apart: bool = False
    lines: list[Line] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)


def lines_of(consent: Consent) -> list[Line]:
    """The consent in lines. Its scopes and their agencies are to be fetched with it."""
    found: dict[tuple[Agency, str], list[str]] = {}
    for scope in consent.scopes.all():
        found.setdefault((scope.agency, scope.purpose), []).append(scope.group)
    lines = [Line(consent, *key, in_order(groups)) for key, groups in found.items()]
    return sorted(lines, key=lambda line: (line.agency.name, line.purpose))


def allowed_now(
    consents: Iterable[Consent],
    overrides: Iterable[Override],
    apart: Iterable[Exclusion],
    *,
    at: dt.datetime,
) -> list[Towards]:
    """Each agency that a live consent or override names, by its name; and whether it is kept
    apart all the same."""
    found: dict[int, Towards] = {}

    def towards(agency: Agency) -> Towards:
        return found.setdefault(agency.pk, Towards(agency))

    for consent in consents:
        for line in lines_of(consent) if consent.is_live(at) else ():
            towards(line.agency).lines.append(line)
    for override in overrides:
        if override.is_live(at):
            towards(override.agency).overrides.append(override)
    for exclusion in apart:
        if exclusion.agency_id is not None and exclusion.agency_id in found:
            found[exclusion.agency_id].apart = True
    return sorted(found.values(), key=lambda each: each.agency.name)
