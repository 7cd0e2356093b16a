"""What the service does by itself after a commit: look for one person in two agencies."""

import datetime as dt

from django.db import transaction

from agencies.models import Member
from agencies.roles import Role
from audit import log
from cases import duplicates, queries, timeline, vault
from cases.duplicates import Alike
from cases.models import Case, Person, PossibleDuplicate, TokenSheet
from kernel.groups import DataGroup
from notify import ledger, outbox
from notify.audience import To
from notify.notices import Kind


@transaction.atomic
def look(*, code: str, by: log.Actor, at: dt.datetime) -> int:
    """Look for whoever may be this person; how many were found. Twice is as good as once."""
    person = Person.objects.get(code=code)
    others = {each.person: each for each in duplicates.alike(person)}
    # Held before their tokens are, as by whoever writes an identity.
    queries.hold_cases(Case.objects.filter(person__in=[person.pk, *others]))
    waits = TokenSheet.objects.filter(person=person, looked_at__isnull=True)
    sheet = waits.select_for_update(no_key=True).first()
    mine = _latest(person.pk)
    if sheet is None or mine is None:
        return 0
    # Looked for again now that nobody writes: what was read before the lock may be old.
    found = sum(
        _pair(mine, _latest(each.person), each, by=by, at=at)
        for each in duplicates.alike(person)
        if each.person in others
    )
    sheet.looked_at = at
    sheet.save(update_fields=["looked_at"])
    return found


@transaction.atomic
def remake(*, code: str, by: log.Actor, at: dt.datetime) -> bool:
    """Tokens anew under the ring's present key; who was there first stays so."""
    person = Person.objects.get(code=code)
    case = _latest(person.pk)
    if case is None:
        return False
    queries.hold_cases(Case.objects.filter(pk=case.pk))
    before = TokenSheet.objects.filter(person=person).first()
    group = person.sealed_groups.get(group=DataGroup.IDENTITY)
    opened = vault.open_groups(
        person, [DataGroup.IDENTITY], by=by, case=case.code, why="duplicates"
    )
    since = group.written_at if before is None else before.written_at
    return duplicates.index(
        person, opened[DataGroup.IDENTITY], space=case.owner.space, at=since
    )


@transaction.atomic
def watch(*, by: log.Actor, at: dt.datetime) -> int:
    """Tell data protection of members who wrote more identities than anybody meets people."""
    rows = duplicates.too_many()
    for row in rows:
        member: Member = row.member
        row.told_at = at
        row.save(update_fields=["told_at"])
        log.record("identity.often", by=by, about=member.username, facts={"n": row.count})
        outbox.publish(
            Kind.IDENTITIES_OFTEN,
            subject=member.username[:40],
            to=To(Role.DATA_PROTECTION_OFFICER, space=member.space),
            at=at,
        )
    return len(rows)


def _pair(
    mine: Case, other: Case | None, alike: Alike, *, by: log.Actor, at: dt.datetime
) -> bool:
    """Whether the two are something new to ask about; then whoever was there first is asked."""
    if other is None or other.owner_id == mine.owner_id:
        return False
    mine_came_later = duplicates.newer(mine.person_id, other.person_id)
    earlier, later = (other, mine) if mine_came_later else (mine, other)
    pair = {earlier.pk, later.pk}
    if queries.is_kept_apart(later, earlier.owner_id) or queries.is_paired(pair):
        return False
    found = PossibleDuplicate.objects.create(
        earlier=earlier, later=later, points=alike.points, marks=alike.marks, found_at=at
    )
    timeline.record(earlier, "duplicate.found", by=by, at=at, about=found.code)
    ledger.set_task(
        "look_at_duplicate",
        subject=found.code,
        case=earlier.code,
        agency=earlier.owner,
        role=Role.SUPERVISOR,
        at=at,
    )
    to = To(Role.SUPERVISOR, earlier.owner)
    outbox.publish(Kind.DUPLICATE_FOUND, subject=found.code, to=to, at=at)
    return True


def _latest(person: int) -> Case | None:
    rows = Case.objects.filter(person=person).select_related("owner", "person")
    return rows.order_by("-pk").first()
