"""The verbs of agencies, members and services. Each is one transaction: ask, change, log."""

import datetime as dt
import hashlib
import secrets
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from agencies import policy
from agencies.calendar import calendar_of
from agencies.clocks import Urgency
from agencies.keyring import ring
from agencies.models import Agency, ClockSetting, Member, Service, Token
from agencies.policy import Verb
from agencies.roles import Role
from audit import log
from kernel import sealing
from kernel.codes import new_code
from kernel.errors import Denied, Invalid, Refused

TOKEN_PREFIX = "shk_"  # noqa: S105 -- a mark for secret scanners, not a secret
ACTIVATION = dt.timedelta(hours=24)
LONGEST_TOKEN = dt.timedelta(days=90)
TRIES = 5
# Any two months without a long break, to see whether a calendar leaves days to work.
EXAMPLE = dt.date(2026, 9, 1)
LOCKED = dt.timedelta(minutes=15)


@transaction.atomic
def register_agency(*, facts: dict[str, Any], by: log.Actor) -> Agency:
    """A new agency with the two functions that act for it."""
    agency = Agency(**facts)
    _check_agency(agency)
    agency.supervisors = _group(f"{agency.code} supervisors")
    agency.focal_points = _group(f"{agency.code} focal points")
    agency.save(force_insert=True)
    log.record("agency.registered", by=by, about=agency.code)
    return agency


@transaction.atomic
def change_agency(*, agency: Agency, facts: dict[str, Any], by: Member) -> Agency:
    """Change what is given; the sharing protocol's dates are among it."""
    policy.may(by, Verb.CHANGE_AGENCY, agency).require()
    for name, value in facts.items():
        setattr(agency, name, value)
    _check_agency(agency)
    _update(agency, facts)
    log.record("agency.changed", by=by, about=agency.code, facts={"fields": _names(facts)})
    return agency


@transaction.atomic
def add_member(*, facts: dict[str, Any], agency: Agency, by: log.Actor) -> Member:
    """A new member without a password, who belongs to the groups of the role."""
    role = Role(facts["role"])
    if isinstance(by, Member):
        policy.may(by, Verb.INVITE_MEMBER, agency).require()
        policy.may_give_role(by, role, agency).require()
    if Member.objects.filter(username=facts["username"]).exists():
        raise Invalid("username_taken", pointer="/username")
    member = Member(**facts, agency=agency)
    member.own_group = _group(f"member {facts['username']}")
    member.set_unusable_password()
    member.save(force_insert=True)
    member.groups.set(member.principals)
    log.record("member.added", by=by, about=member.username, facts={"role": role.value})
    return member


@transaction.atomic
def change_role(*, member: Member, role: Role, by: Member) -> Member:
    """Another role in the same agency, with its rights from this moment."""
    policy.may(by, Verb.CHANGE_MEMBER, member.agency).require()
    policy.may_give_role(by, role, member.agency).require()
    policy.may_end_role(by, member).require()
    if member.pk == by.pk:
        raise Denied("not_for_oneself")
    if member.left_at is not None:
        raise Refused("member_has_left", state="left")
    member.role = role
    member.save(update_fields=["role"])
    member.groups.set(member.principals)
    log.record("member.role", by=by, about=member.username, facts={"role": role.value})
    return member


@transaction.atomic
def deactivate(*, member: Member, by: Member, at: dt.datetime) -> Member:
    """End a member's access: no log-in, no token, no group, from this transaction on."""
    policy.may(by, Verb.CHANGE_MEMBER, member.agency).require()
    policy.may_end_role(by, member).require()
    if member.pk == by.pk:
        raise Denied("not_for_oneself")
    if member.left_at is not None:
        raise Refused("member_has_left", state="left")
    member.left_at, member.is_active = at, False
    # A new password hash ends every session: Django ties sessions to it.
    member.set_unusable_password()
    member.save(update_fields=["left_at", "is_active", "password"])
    member.tokens.all().delete()
    member.groups.clear()
    log.record("member.left", by=by, about=member.username)
    return member


@transaction.atomic
def issue_token(
    *,
    member: Member,
    label: str,
    scopes: list[str],
    lasts: dt.timedelta,
    by: log.Actor,
    at: dt.datetime,
) -> tuple[Token, str]:
    """A new token and its only showing in clear."""
    if lasts > LONGEST_TOKEN:
        raise Invalid("token_lasts_too_long", pointer="/days")
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = Token.objects.create(
        member=member,
        label=label,
        digest=digest_of(secret),
        scopes=scopes,
        created_at=at,
        expires_at=at + lasts,
        code=new_code("TK"),
    )
    log.record("token.issued", by=by, about=token.code, facts={"for": member.username})
    return token, secret


@transaction.atomic
def revoke_token(*, token: Token, by: Member) -> None:
    code = token.code
    token.delete()
    log.record("token.revoked", by=by, about=code)


@transaction.atomic
def activate(*, secret: str, password: str, by: log.Actor, at: dt.datetime) -> Member:
    """Set the first password with the one-use secret of the invitation."""
    token = (
        Token.objects.select_for_update(of=("self",))
        .select_related("member__agency")
        .filter(digest=digest_of(secret), scopes=[Token.Scope.ACTIVATE], expires_at__gt=at)
        .first()
    )
    if token is None:
        raise Refused("activation_not_valid")
    member = token.member
    try:
        validate_password(password, member)
    except ValidationError as fault:
        raise Invalid("password_too_weak", pointer="/password") from fault
    member.set_password(password)
    member.save(update_fields=["password"])
    token.delete()
    log.record("member.activated", by=member, about=member.username)
    return member


@transaction.atomic
def note_login(*, member: Member, succeeded: bool, by: log.Actor, at: dt.datetime) -> None:
    """Count failures; after five in a row the password is locked for a quarter of an hour."""
    if succeeded:
        Member.objects.filter(pk=member.pk).update(failed_logins=0, locked_until=None)
        log.record("login", by=by, about=member.username)
        return
    Member.objects.filter(pk=member.pk).update(failed_logins=F("failed_logins") + 1)
    member.refresh_from_db(fields=["failed_logins"])
    if member.failed_logins >= TRIES:
        Member.objects.filter(pk=member.pk).update(failed_logins=0, locked_until=at + LOCKED)
    log.record("login.failed", by=by, about=member.username)


@transaction.atomic
def offer_service(*, agency: Agency, facts: dict[str, Any], by: log.Actor) -> Service:
    if isinstance(by, Member):
        policy.may(by, Verb.OFFER_SERVICE, agency).require()
    address = facts.pop("confidential_address", None)
    service = Service(agency=agency, **facts)
    if address is not None:
        service.confidential_address = _sealed_address(service, address)
    _check_places(service)
    service.save(force_insert=True)
    log.record("service.offered", by=by, about=service.code)
    return service


@transaction.atomic
def change_service(*, service: Service, facts: dict[str, Any], by: Member) -> Service:
    """Change what is given. The address is sealed, and named in the log but not shown."""
    policy.may(by, Verb.CHANGE_SERVICE, service.agency).require()
    names = _names(facts)
    if "confidential_address" in facts:
        address = facts.pop("confidential_address")
        facts["confidential_address"] = address and _sealed_address(service, address)
    for name, value in facts.items():
        setattr(service, name, value)
    _check_places(service)
    _update(service, facts)
    log.record("service.changed", by=by, about=service.code, facts={"fields": names})
    return service


@transaction.atomic
def set_places(*, service: Service, places_free: int, by: Member) -> Service:
    """Say how many places are free; who runs the inbox may do it, not only the administrator."""
    policy.may(by, Verb.SET_PLACES, service.agency).require()
    service.places_free = places_free
    _check_places(service)
    _update(service, {"places_free": places_free})
    log.record("service.places", by=by, about=service.code, facts={"free": places_free})
    return service


@transaction.atomic
def set_clocks(
    *,
    agency: Agency,
    service_type: str,
    urgency: Urgency,
    reply_hours: float,
    contact_hours: float,
    by: Member,
) -> ClockSetting:
    """The agency's own deadlines, in hours of the urgency's own time."""
    policy.may(by, Verb.SET_CLOCKS, agency).require()
    setting, _ = ClockSetting.objects.update_or_create(
        agency=agency,
        service_type=service_type,
        urgency=urgency,
        defaults={"reply_hours": reply_hours, "contact_hours": contact_hours},
    )
    log.record("agency.clocks", by=by, about=agency.code, facts={"urgency": urgency.value})
    return setting


def digest_of(secret: str) -> str:
    """How a token is stored: its SHA-256, which suffices for a secret of 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _group(name: str) -> Group:
    return Group.objects.create(name=name)


def _names(facts: dict[str, Any]) -> str:
    return ",".join(sorted(facts))


def _update(record: Agency | Service, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        setattr(record, name, value)
    record.version += 1
    record.save(update_fields=[*facts, "version"])


def _check_agency(agency: Agency) -> None:
    begins, ends = agency.protocol_signed_on, agency.protocol_signed_until
    if begins is not None and ends is not None and ends < begins:
        raise Invalid("protocol_ends_before_it_begins", pointer="/protocol_signed_until")
    working = calendar_of(agency).is_working_day
    if not any(working(EXAMPLE + dt.timedelta(days=days)) for days in range(60)):
        raise Invalid("no_working_day", pointer="/closed_weekdays")


def _check_places(service: Service) -> None:
    if service.capacity is not None and (service.places_free or 0) > service.capacity:
        raise Invalid("more_free_places_than_places", pointer="/places_free")
    youngest, oldest = service.minimum_age, service.maximum_age
    if youngest is not None and oldest is not None and youngest > oldest:
        raise Invalid("ages_out_of_order", pointer="/maximum_age")


def _sealed_address(service: Service, address: str) -> bytes:
    keys = ring()
    key = keys.derive(keys.current, "service address")
    sealed = sealing.seal(key, address, place=f"service.address|{service.code}")
    return keys.current.encode() + b"|" + sealed
