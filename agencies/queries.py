"""Search of the service directory, ranked, each rank with its reasons."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import F, Model, Q, QuerySet

from agencies import policy
from agencies.ages import years_of
from agencies.lists import districts
from agencies.models import Agency, Member, Service, Token
from agencies.roles import Role

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Need:
    """What is looked for. Empty fields do not matter; an unknown age counts as a child's."""

    service_type: str = ""
    district: str = ""
    age_band: str = ""
    gender: str = ""
    language: str = ""
    foreigner: bool = False
    family: bool = False
    at_night: bool = False


@dataclass(slots=True)
class Match:
    service: Service
    eligible: bool = True
    score: int = 0
    reasons: list[str] = field(default_factory=list)

    def note(self, reason: str, points: int = 0) -> None:
        self.reasons.append(reason)
        self.score += points

    def bar(self, reason: str) -> None:
        self.reasons.append(reason)
        self.eligible = False


def matching_services(actor: Member, need: Need, *, on: dt.date, most: int = 50) -> list[Match]:
    """Services that could meet the need, best first; those that may not take the person last.

    Never a score of a person: the points say how near, free and fresh a service is.
    """
    found = policy.services_visible_to(actor).select_related("agency")
    if need.service_type:
        found = found.filter(type=need.service_type)
    matches = [judge(service, need, on=on) for service in found.order_by("pk")[:2000]]
    matches.sort(key=lambda match: (not match.eligible, -match.score, match.service.code))
    return matches[:most]


def judge(service: Service, need: Need, *, on: dt.date) -> Match:
    """Whether the service may take the person, and how well it fits, in reason codes."""
    match = Match(service)
    if service.agency.is_guest:
        match.note("answers_by_a_link")
    if service.status != Service.Status.ACTIVE:
        match.bar("not_active")
    if not service.agency.may_receive(on):
        match.bar("no_sharing_protocol")
    _judge_person(match, need)
    _judge_place(match, need)
    _judge_capacity(match, on=on)
    return match


def is_stale(service: Service, *, on: dt.date) -> bool:
    """Whether nobody has said for too long, or ever, that the entry is right."""
    return service.verified_on is None or service.verified_on < _fresh_since(on)


def stale_services(rows: QuerySet[Service], *, on: dt.date) -> QuerySet[Service]:
    """Those of the rows that somebody should look at again, the longest unseen first."""
    old = rows.exclude(status=Service.Status.DEFUNCT).filter(
        Q(verified_on__isnull=True) | Q(verified_on__lt=_fresh_since(on))
    )
    return old.order_by(F("verified_on").asc(nulls_first=True), "pk")


def to_confirm(actor: Member, *, on: dt.date) -> QuerySet[Service]:
    """The stale services that this member is to look at: an administrator's of the own agency; a
    system administrator's those of agencies that have nobody here."""
    rows = policy.services_visible_to(actor)
    if actor.role == Role.SYSTEM_ADMIN:
        rows = rows.exclude(agency__in=policy.peopled())
    else:
        rows = rows.filter(agency=actor.agency_id)
    return stale_services(rows, on=on)


def _fresh_since(on: dt.date) -> dt.date:
    return on - dt.timedelta(days=settings.DIRECTORY_STALE_DAYS)


def member_named(username: str) -> Member | None:
    """Whoever tries to log in under that name."""
    return Member.objects.filter(username=username).first()


def held(member: Member) -> Member:
    """The member as stored now, kept from leaving until this transaction ends."""
    rows = Member.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("agency").get(pk=member.pk)


def names_of(codes: set[str]) -> dict[str, str]:
    """The names of these agencies, also of those that are closed by now."""
    return dict(Agency.objects.filter(code__in=codes).values_list("code", "name"))


def _columns(model: type[Model], table: str) -> str:
    return ", ".join(f'{table}."{field.column}"' for field in model._meta.concrete_fields)


# Asked with every request of the API: to have Django word it anew each time took a third of the
# processor's time of a list.
_TOKEN = f"""
    SELECT {_columns(Token, "t")}, {_columns(Member, "m")}, {_columns(Agency, "a")}
    FROM agencies_token t
    JOIN agencies_member m ON m.id = t.member_id
    JOIN agencies_agency a ON a.id = m.agency_id
    WHERE t.digest = %s AND t.expires_at > %s AND t.scopes <> %s::varchar[]
      AND m.is_active AND NOT m.is_guest AND a.is_active
"""  # noqa: S608 -- the names of our own columns


def token_of(digest: str, *, at: dt.datetime) -> Token | None:
    """The live key to the API with this digest, of a member and an agency that are active; neither is
    asked for again."""
    with connection.cursor() as cursor:
        cursor.execute(_TOKEN, [digest, at, [Token.Scope.ACTIVATE.value]])
        row = cursor.fetchone()
    if row is None:
        return None
    values = iter(row)
    token, member = _made(Token, values), _made(Member, values)
    token.member, member.agency = member, _made(Agency, values)
    return token


def _made(model: type[Row], values: Iterator[Any]) -> Row:
    """The row of this model that the next values are."""
    names, converters = _reading(model)
    row = []
    # The fields first: a row ends where they do, and what follows is the next one's.
    for converts, value in zip(converters, values, strict=False):
        for convert in converts:
            value = convert(value, None, connection)  # noqa: PLW2901 -- one after the other
        row.append(value)
    return model.from_db(connection.alias, names, row)


@cache
def _reading(model: type[Model]) -> tuple[list[str], list[list[Any]]]:
    """The names of the fields, and how Django reads what the database holds in another form."""
    fields = model._meta.concrete_fields
    return [f.attname for f in fields], [f.get_db_converters(connection) for f in fields]


def takes_age(service: Service, age_band: str) -> bool:
    """Unknown age behaves as child: only a service open to every child's age takes it."""
    youngest, oldest = years_of(age_band)
    return (service.minimum_age or 0) <= youngest and oldest <= max(
        service.maximum_age if service.maximum_age is not None else 130, 0
    )


def _judge_person(match: Match, need: Need) -> None:
    service = match.service
    bars = {
        "age_not_taken": bool(need.age_band) and not takes_age(service, need.age_band),
        "gender_not_taken": bool(need.gender and service.genders)
        and need.gender not in service.genders,
        "foreigners_not_taken": need.foreigner and not service.takes_foreigners,
        "families_not_taken": need.family and not service.takes_families,
    }
    for reason, barred in bars.items():
        if barred:
            match.bar(reason)
    if need.language:
        known = need.language in service.languages
        match.note(*(("speaks_language", 3) if known else ("interpreter_needed", 0)))
    if need.at_night:
        open_ = service.round_the_clock
        match.note(*(("open_round_the_clock", 4) if open_ else ("not_open_at_night", -4)))


def _judge_place(match: Match, need: Need) -> None:
    if not need.district:
        return
    service, wanted = match.service, districts().get(need.district)
    own = service.districts or ([service.agency.district] if service.agency.district else [])
    if need.district in own:
        match.note("in_district", 6)
    elif wanted and wanted.region in {d.region for c in own if (d := districts().get(c))}:
        match.note("in_region", 3)
    elif not own:
        match.note("serves_whole_country", 2)
    else:
        match.note("elsewhere")


def _judge_capacity(match: Match, *, on: dt.date) -> None:
    service = match.service
    if service.places_free == 0:
        match.note("full", -5)
    elif service.places_free:
        match.note("has_free_places", 4)
    else:
        match.note("capacity_not_told")
    if is_stale(service, on=on):
        match.note("not_verified_lately", -1)
    else:
        match.note("verified", 1)
