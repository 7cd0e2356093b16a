"""Sets of another directory: read and shown first, taken over as a whole or not at all."""

import dataclasses
import datetime as dt
import hashlib
import json
import re
from typing import Any

from django.db import transaction

from agencies import actions, policy
from agencies.hsds.comparing import UNKNOWN_KIND, Change, Kind, Plan, plan_of
from agencies.hsds.freshness import touch
from agencies.hsds.meaning import Fault, Intake, Offer, Organization, intake_of
from agencies.hsds.reading import tables_of
from agencies.listingmodels import DirectoryImport, Listing, Origin
from agencies.models import Agency, Member, Service
from agencies.policy import Verb
from agencies.roles import AgencyType, Role
from audit import log
from custody.ring import purpose_key
from kernel import sealing
from kernel.errors import Invalid, Refused

SOURCE = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}", re.ASCII)
PURPOSE = "directory import"
# What nobody has said yes to by then is put aside.
KEPT = dt.timedelta(days=7)
State = DirectoryImport.State


@transaction.atomic
def read_set(*, content: bytes, source: str, by: Member, at: dt.datetime) -> DirectoryImport:
    """Read a file and keep, sealed, what it says. Nothing of the directory is changed by it.

    Raises Invalid at /file where the file cannot be read at all; what is wrong inside it is shown
    with the plan.
    """
    policy.may(by, Verb.IMPORT_DIRECTORY).require()
    if not SOURCE.fullmatch(source):
        raise Invalid("not_a_source", pointer="/source")
    intake = intake_of(tables_of(content))
    waiting = DirectoryImport(by=by, source=source, read_at=at)
    waiting.sha256 = hashlib.sha256(content).hexdigest()
    waiting.counts = plan_of(intake, source=source, by=by).counts
    waiting.content = _sealed(waiting, intake)
    waiting.save(force_insert=True)
    log.record("directory.read", by=by, about=waiting.code, facts=waiting.counts)
    return waiting


def plan_for(waiting: DirectoryImport) -> Plan | None:
    """What it would change as things stand now; nothing once it has ended."""
    if waiting.content is None:
        return None
    return plan_of(_opened(waiting), source=waiting.source, by=waiting.by)


@transaction.atomic
def take_over(*, code: str, digest: str, by: Member, at: dt.datetime) -> DirectoryImport:
    """Do what was shown, all of it. `digest` is that of the plan that was shown: where the directory
    has changed since, somebody looks again first."""
    policy.may(by, Verb.IMPORT_DIRECTORY).require()
    # One set at a time for an agency.
    Agency.objects.select_for_update(of=("self",), no_key=True).get(pk=by.agency_id)
    waiting = _waiting(code, by)
    intake = _opened(waiting)
    _hold_services(intake, source=waiting.source)
    plan = plan_of(intake, source=waiting.source, by=by)
    if plan.faults:
        raise Refused("import_has_faults", state=waiting.state)
    if plan.digest != digest:
        raise Refused("directory_has_changed", state=waiting.state)
    agencies = _registered(plan, source=waiting.source, by=by)
    for change in plan.changes:
        agency = change.agency or agencies[change.organization.foreign_id]
        if change.kind == Kind.NEW:
            _offer(change, agency, source=waiting.source, by=by)
        elif change.kind == Kind.CHANGED:
            _change(change, by=by, at=at)
    waiting.counts = plan.counts
    _end(waiting, State.APPLIED, at=at)
    log.record("directory.taken_over", by=by, about=code, facts=plan.counts)
    return waiting


@transaction.atomic
def put_aside(*, code: str, by: Member, at: dt.datetime) -> DirectoryImport:
    """Take nothing over, and forget what the file said."""
    waiting = _waiting(code, by)
    _end(waiting, State.DISCARDED, at=at)
    log.record("directory.put_aside", by=by, about=code)
    return waiting


@transaction.atomic
def put_old_aside(*, by: log.Actor, at: dt.datetime) -> int:
    """Forget what nobody has said yes to; how many sets that were."""
    old = DirectoryImport.objects.filter(state=State.CHECKED, read_at__lt=at - KEPT)
    rows = list(old.select_for_update(skip_locked=True))
    for waiting in rows:
        _end(waiting, State.DISCARDED, at=at)
        log.record("directory.put_aside", by=by, about=waiting.code)
    return len(rows)


def _hold_services(intake: Intake, *, source: str) -> None:
    """Nobody else writes what this set may write, nor its listings, from the plan until it is done."""
    origins = Origin.objects.filter(
        source=source, kind=Origin.Kind.SERVICE, foreign_id__in=intake.offers
    )
    rows = Service.objects.filter(pk__in=origins.values("service"))
    list(rows.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk"))


def _registered(plan: Plan, *, source: str, by: Member) -> dict[str, Agency]:
    """The organizations that have no agency yet, each as one without members; and whatever each is
    known by in the other directory is remembered."""
    made: dict[str, Agency] = {}
    for change in plan.changes:
        number = change.organization.foreign_id
        if number in made:
            continue
        agency = change.agency
        if agency is None:
            policy.may(by, Verb.REGISTER_AGENCY).require()
            name = change.organization.name
            facts = {"name": name, "public_name": name, "type": AgencyType.OTHER}
            agency = actions.register_agency(facts=facts | change.organization.facts, by=by)
        made[number] = agency
        # An agency's own file says nothing about whose a number is to anybody else.
        if by.role == Role.SYSTEM_ADMIN:
            Origin.objects.get_or_create(
                agency=agency, source=source, kind=Origin.Kind.ORGANIZATION, foreign_id=number
            )
    return made


def _offer(change: Change, agency: Agency, *, source: str, by: Member) -> None:
    """A new service. It is closed and not listed until somebody says that it is right."""
    offer = change.offer
    closed = {"type": UNKNOWN_KIND, "status": Service.Status.INACTIVE, "verified_on": None}
    service = actions.add_service(agency=agency, facts=closed | offer.service, by=by)
    Listing.objects.create(service=service, **offer.listing)
    Origin.objects.create(
        agency=agency, service=service, source=source, kind=Origin.Kind.SERVICE,
        foreign_id=offer.foreign_id, status=offer.status,
    )  # fmt: skip


def _change(change: Change, *, by: Member, at: dt.datetime) -> None:
    """A service that is here already. Nobody has said of the new words that they are right, so that
    the public is told nothing until somebody does; to close it waits for nobody, unless its agency
    has said itself how it stands. A place that is another now is shown only once it is ticked again."""
    origin = change.origin
    assert origin is not None, "only what is here is changed"
    service, offer = origin.service, change.offer
    assert service is not None, "an origin of a service has one"
    listing = Listing.objects.filter(service=service).first() or Listing(service=service)
    if _is_elsewhere(listing, offer):
        listing.hide_place()
    for record, values in ((service, offer.service), (listing, offer.listing)):
        for name, value in values.items():
            setattr(record, name, listing.htcds | value if name == "htcds" else value)
    service.verified_on = None
    if not origin.status_is_ours:
        origin.status = offer.status
        if offer.status != Service.Status.ACTIVE:
            service.status = offer.status
    service.version += 1
    service.save(update_fields=[*offer.service, "verified_on", "status", "version"])
    listing.save(update_fields=[*offer.listing, "shows"] if listing.pk else None)
    origin.save(update_fields=["status"])
    listing.refresh_from_db()
    touch([listing], at=at)
    names = ",".join(sorted(each.name for each in change.differences))
    log.record("service.changed", by=by, about=service.code, facts={"fields": names})


def _is_elsewhere(listing: Listing, offer: Offer) -> bool:
    """Whether the file says another place than is kept; a telephone is none."""
    place = {k: v for k, v in offer.listing.get("htcds", {}).items() if k != "org_Phone"}
    return any(listing.htcds.get(name) != value for name, value in place.items())


def _waiting(code: str, by: Member) -> DirectoryImport:
    rows = policy.imports_visible_to(by).select_for_update(of=("self",))
    waiting: DirectoryImport = rows.select_related("by__agency").get(code=code)
    if waiting.state != State.CHECKED:
        raise Refused("import_has_ended", state=waiting.state)
    return waiting


def _end(waiting: DirectoryImport, state: State, *, at: dt.datetime) -> None:
    waiting.state, waiting.ended_at, waiting.content = state, at, None
    waiting.save(update_fields=["state", "ended_at", "content", "counts"])


def _sealed(waiting: DirectoryImport, intake: Intake) -> bytes:
    words = dataclasses.asdict(intake) | {"ignored": sorted(intake.ignored)}
    return sealing.seal(purpose_key(PURPOSE), json.dumps(words), place=_place(waiting))


def _opened(waiting: DirectoryImport) -> Intake:
    assert waiting.content is not None, "what waits has its content"
    text = sealing.open_sealed(
        purpose_key(PURPOSE), bytes(waiting.content), place=_place(waiting)
    )
    said: dict[str, Any] = json.loads(text)
    return Intake(
        {number: Organization(**each) for number, each in said["organizations"].items()},
        {number: Offer(**each) for number, each in said["offers"].items()},
        [Fault(**each) for each in said["faults"]],
        set(said["ignored"]),
    )


def _place(waiting: DirectoryImport) -> str:
    return f"directory_import.content|{waiting.code}"
