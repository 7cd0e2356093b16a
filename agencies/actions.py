"""The verbs of agencies, members and services. Each is one transaction: ask, change, log."""

import datetime as dt
import hashlib
import re
import secrets
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from agencies import codelists, jurisdiction, policy, queries
from agencies.calendar import calendar_of
from agencies.clocks import Urgency
from agencies.hsds.freshness import touch
from agencies.listingmodels import Listing
from agencies.models import REAL, Agency, ClockSetting, CodeEntry, Member, SavedView, Service, Token
from agencies.org import ADDRESS
from agencies.passwords import require_strong
from agencies.policy import Verb
from agencies.roles import Role, Standing
from audit import log
from custody.ring import purpose_key
from edge import sessions
from kernel import fields, sealing
from kernel.codes import PRACTICE, new_code
from kernel.errors import Denied, Invalid, Refused

TOKEN_PREFIX = "shk_"  # noqa: S105 -- a mark for secret scanners, not a secret
ACTIVATION = dt.timedelta(hours=24)
LONGEST_TOKEN = dt.timedelta(days=90)
# Any two months without a long break, to see whether a calendar leaves days to work.
EXAMPLE = dt.date(2026, 9, 1)
# More of them than anybody finds again.
MOST_VIEWS = 20
CODE = re.compile(r"[A-Za-z0-9._]{1,60}", re.ASCII)
# Lists whose codes mean something to the service itself: one more would mean nothing to it.
CLOSED_LISTS = frozenset(
    {
        "cas_Status",
        "hte_Type",
        "need_level",
        "reintegration_area",
        "score",
        "vic_TraffickingStatus",
        "wants_help",
    }
)


@transaction.atomic
def register_agency(*, facts: dict[str, Any], by: log.Actor) -> Agency:
    """A new agency with the two functions that act for it."""
    agency = Agency(**facts)
    if agency.space != REAL:
        agency.code = new_code(PRACTICE)
    _check_agency(agency)
    agency.supervisors = _group(f"{agency.code} supervisors")
    agency.focal_points = _group(f"{agency.code} focal points")
    _give_officers(agency)
    agency.save(force_insert=True)
    log.record("agency.registered", by=by, about=agency.code)
    return agency


@transaction.atomic
def change_agency(*, agency: Agency, facts: dict[str, Any], by: Member) -> Agency:
    """Change what is given: the sharing protocol's dates are among it, and what it decides on."""
    policy.may(by, Verb.CHANGE_AGENCY, agency).require()
    names = _names(facts)
    for name, value in facts.items():
        setattr(agency, name, value)
    _check_agency(agency)
    became_deciding = _give_officers(agency)
    _update(agency, {name: getattr(agency, name) for name in {*facts, "htcds", "officers"}})
    if became_deciding:
        _bring_officers_in(agency)
    touch(
        Listing.objects.filter(service__agency=agency).select_related("service__agency"),
        at=timezone.now(),
    )
    log.record("agency.changed", by=by, about=agency.code, facts={"fields": names})
    return agency


@transaction.atomic
def add_member(
    *, facts: dict[str, Any], agency: Agency, seconder: Member | None = None, by: log.Actor
) -> Member:
    """A new member without a password, who belongs to the groups of the role. Certain roles are
    given by two, of whom `seconder` is the other (referral/actions/granting.py)."""
    role = Role(facts["role"])
    if isinstance(by, Member):
        policy.may(by, Verb.INVITE_MEMBER, agency).require()
        policy.may_give_role(by, role, agency).require()
        policy.may_give_alone(by, role, seconder).require()
    return _made_member(facts, agency, by=by)


def _made_member(facts: dict[str, Any], agency: Agency, *, by: log.Actor) -> Member:
    if Member.objects.filter(username=facts["username"]).exists():
        raise Invalid("username_taken", pointer="/username")
    member = Member(**facts, agency=agency)
    member.own_group = _group(f"member {facts['username']}")
    member.set_unusable_password()
    member.save(force_insert=True)
    member.groups.set(member.principals)
    log.record("member.added", by=by, about=member.username, facts={"role": facts["role"]})
    return member


@transaction.atomic
def register_guest(
    *, facts: dict[str, Any], phone: str, mail: str, language: str, by: log.Actor
) -> Agency:
    """An agency without members: it is written to at `mail` in `language`, called at `phone`, and
    answers by links (guest/)."""
    if isinstance(by, Member):
        policy.may(by, Verb.REGISTER_AGENCY).require()
    if not phone or not mail:
        raise Invalid("guest_needs_mail_and_phone", pointer="/mail" if phone else "/phone")
    reached = {"standing": Standing.GUEST, "htcds": {"org_Phone": phone}}
    agency = register_agency(facts=facts | reached, by=by)
    standing_in = {
        "username": f"guest-{agency.code.lower()}",
        "last_name": agency.name[:150],
        "role": Role.FOCAL_POINT.value,
        "email": mail,
        "language": language,
        "is_guest": True,
    }
    _made_member(standing_in, agency, by=by)
    return agency


@transaction.atomic
def change_guest(*, agency: Agency, phone: str, mail: str, language: str, by: Member) -> Agency:
    """Where an agency without members is reached from now on."""
    policy.may(by, Verb.CHANGE_AGENCY, agency).require()
    standing_in = agency.members.filter(is_guest=True, is_active=True)
    if not agency.is_guest or not standing_in.update(email=mail, language=language):
        raise Refused("agency_has_its_own_access", state=agency.standing)
    return change_agency(
        agency=agency, facts={"htcds": agency.htcds | {"org_Phone": phone}}, by=by
    )


@transaction.atomic
def make_full(*, agency: Agency, by: Member) -> Agency:
    """From now on the agency has members; whoever calls this ends what stood for it before."""
    policy.may(by, Verb.CHANGE_AGENCY, agency).require()
    held = Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
    if not held.is_guest:
        raise Refused("agency_has_its_own_access", state=held.standing)
    _update(held, {"standing": Standing.FULL})
    log.record("agency.full", by=by, about=held.code)
    return held


@transaction.atomic
def invite(
    *, facts: dict[str, Any], agency: Agency, by: Member, at: dt.datetime
) -> tuple[Member, str]:
    """A new member, and the one-use secret with which they set a password within a day."""
    member = add_member(facts=facts, agency=agency, by=by)
    return member, invite_again(member=member, by=by, at=at)


@transaction.atomic
def invite_again(*, member: Member, by: Member, at: dt.datetime) -> str:
    """Another one-use secret for a member, in place of those not used: a password forgotten."""
    policy.may(by, Verb.CHANGE_MEMBER, member.agency).require()
    policy.may_end_role(by, member).require()
    if member.left_at is not None:
        raise Refused("member_has_left", state="left")
    activate_only = [Token.Scope.ACTIVATE.value]
    member.tokens.filter(scopes=activate_only).delete()
    _, secret = issue_token(
        member=member, label="activation", scopes=activate_only, lasts=ACTIVATION, by=by, at=at
    )
    return secret


@transaction.atomic
def change_role(
    *, member: Member, role: Role, seconder: Member | None = None, by: Member
) -> Member:
    """Another role in the same agency, with its rights from this moment."""
    policy.may(by, Verb.CHANGE_MEMBER, member.agency).require()
    policy.may_give_role(by, role, member.agency).require()
    policy.may_give_alone(by, role, seconder).require()
    policy.may_end_role(by, member).require()
    if member.pk == by.pk:
        raise Denied("not_for_oneself")
    if member.left_at is not None:
        raise Refused("member_has_left", state="left")
    member.role = role
    member.save(update_fields=["role"])
    member.groups.set(member.principals)
    sessions.end(member.pk)
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
    member.set_unusable_password()
    member.save(update_fields=["left_at", "is_active", "password"])
    sessions.end(member.pk)
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
    require_strong(password, member, pointer="/password")
    member.set_password(password)
    # Whoever proved to hold the invitation is let try again; the second factor stays.
    member.failed_logins, member.locked_until = 0, None
    member.save(update_fields=["password", "failed_logins", "locked_until"])
    sessions.end(member.pk)
    token.delete()
    log.record("member.activated", by=member, about=member.username)
    return member


@transaction.atomic
def choose_language(*, language: str, by: Member) -> None:
    """What the member reads from now on, and is written to in."""
    Member.objects.filter(pk=by.pk).update(language=language)


@transaction.atomic
def save_view(*, page: str, name: str, query: str, by: Member) -> SavedView:
    """Keep how the member cuts a list, under a name that they have not used for that list."""
    # Two at once must not both find room, nor both find the name free.
    views = queries.held(by).saved_views.filter(page=page)
    if views.filter(name=name).exists():
        raise Invalid("view_name_taken", pointer="/name")
    if views.count() >= MOST_VIEWS:
        raise Refused("too_many_views")
    view = SavedView.objects.create(member=by, page=page, name=name, query=query)
    log.record("view.saved", by=by, about=view.code)
    return view


@transaction.atomic
def forget_view(*, view: SavedView, by: Member) -> None:
    code = view.code
    view.delete()
    log.record("view.forgotten", by=by, about=code)


@transaction.atomic
def offer_service(*, agency: Agency, facts: dict[str, Any], by: log.Actor) -> Service:
    if isinstance(by, Member):
        policy.may(by, Verb.OFFER_SERVICE, agency).require()
    return add_service(agency=agency, facts=facts, by=by)


@transaction.atomic
def add_service(*, agency: Agency, facts: dict[str, Any], by: log.Actor) -> Service:
    """The same without asking: for who was asked already whether they may."""
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
    # From here on nobody else writes the service, nor therefore its listing.
    _update(service, facts)
    listings = list(Listing.objects.filter(service=service).select_related("service__agency"))
    if "confidential_address" in facts:
        # Neither sealing nor unsealing may leave a tick that was set for another address.
        for each in listings:
            each.hide_place()
            each.save(update_fields=["shows"])
    if "status" in facts:
        service.origins.update(status="", status_is_ours=True)
    touch(listings, at=timezone.now())
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


@transaction.atomic
def add_code(
    *, name: str, code: str, maps_to: str, labels: dict[str, str], by: Member, at: dt.datetime
) -> CodeEntry:
    """One more code for a list. In a list of the standard it says which of the standard's own
    codes a strict export uses in its place."""
    policy.may(by, Verb.CHANGE_CODE_LISTS).require()
    known = _open_list(name)
    if not CODE.fullmatch(code):
        raise Invalid("not_a_code", pointer="/code")
    if code in known:
        raise Invalid("code_taken", pointer="/code")
    standard = {each.code for each in known.values() if each.origin == "htcds"}
    if maps_to not in (standard or {""}):
        raise Invalid("maps_to_no_standard_code", pointer="/maps_to")
    entry = CodeEntry.objects.create(
        list=name,
        code=code,
        maps_to=maps_to,
        label_en=labels["en"],
        label_ru=labels["ru"],
        label_be=labels["be"],
        added_at=at,
        added_by=by,
    )
    log.record("code.added", by=by, about=name[:40], facts={"code": code})
    return entry


@transaction.atomic
def retire_code(*, name: str, code: str, by: Member, at: dt.datetime) -> CodeEntry:
    """From now on the code is read where it stands, and written no more."""
    policy.may(by, Verb.CHANGE_CODE_LISTS).require()
    entry = CodeEntry.objects.select_for_update().filter(list=name, code=code).first()
    if entry is None:
        raise Refused("code_of_the_standard")
    if entry.retired_at is not None:
        raise Refused("code_is_retired", state="retired")
    entry.retired_at = at
    entry.save(update_fields=["retired_at"])
    log.record("code.retired", by=by, about=name[:40], facts={"code": code})
    return entry


def digest_of(secret: str) -> str:
    """How a token is stored: its SHA-256, which suffices for a secret of 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _group(name: str) -> Group:
    return Group.objects.create(name=name)


def _give_officers(agency: Agency) -> bool:
    """The function of those who decide, for an agency that becomes a deciding body; whether it
    has just become one."""
    if not agency.deciding_body or agency.officers_id is not None:
        return False
    agency.officers = _group(f"{agency.code} identification officers")
    return True


def _bring_officers_in(agency: Agency) -> None:
    """Officers that it had before it decided on anything act for it from now on."""
    officers = agency.members.filter(role=Role.IDENTIFICATION_OFFICER, is_active=True)
    for member in officers.select_related("agency"):
        member.groups.set(member.principals)


def _open_list(name: str) -> dict[str, codelists.Code]:
    if name not in codelists.names():
        raise Invalid("unknown_code_list", pointer="/list")
    if name in CLOSED_LISTS:
        raise Refused("code_list_is_closed", state="closed")
    return codelists.entries(name)


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
    _check_name(agency)
    _check_deciding_body(agency)
    # None of these fields is a day.
    agency.htcds = fields.checked(
        ADDRESS, agency.htcds, on=dt.date.max, codes_of=codelists.codes, pointer="/htcds"
    )


def _check_name(agency: Agency) -> None:
    here = Agency.objects.filter(space=agency.space, name=agency.name)
    if here.exclude(pk=agency.pk).exists():
        raise Invalid("unique", pointer="/name")


def _check_deciding_body(agency: Agency) -> None:
    if not agency.deciding_body:
        return
    body = jurisdiction.current().deciding_body(agency.deciding_body)
    if body is None or agency.type not in body.agency_types:
        raise Invalid("not_a_deciding_body", pointer="/deciding_body")


def _check_places(service: Service) -> None:
    if service.capacity is not None and (service.places_free or 0) > service.capacity:
        raise Invalid("more_free_places_than_places", pointer="/places_free")
    youngest, oldest = service.minimum_age, service.maximum_age
    if youngest is not None and oldest is not None and youngest > oldest:
        raise Invalid("ages_out_of_order", pointer="/maximum_age")


def _sealed_address(service: Service, address: str) -> bytes:
    key = purpose_key("service address")
    return sealing.seal(key, address, place=f"service.address|{service.code}")
