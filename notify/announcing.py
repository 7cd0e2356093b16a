"""Which events the systems of an agency are told of, and the writing down of it."""

from collections.abc import Iterable

from agencies.models import Agency
from notify.models import Announcement, Event, Topic
from notify.notices import Kind

# What else there is to tell is for people: emergencies, duplicates, decisions, sign-ins, erasures.
TOPICS: dict[str, Topic] = {
    **{kind: Topic.REFERRAL for kind in Kind if kind.startswith(("referral.", "onward."))},
    Kind.CASE_ASSIGNED: Topic.CASE,
    Kind.CASE_HANDED_OVER: Topic.CASE,
    Kind.CASE_REOPENED: Topic.CASE,
    Kind.TRANSFER_PROPOSED: Topic.CASE,
    Kind.TRANSFER_ANSWERED: Topic.CASE,
    Kind.DEADLINE_NEAR: Topic.DEADLINE,
    Kind.DEADLINE_PASSED: Topic.DEADLINE,
}
# A system is told only of what it can then read: referrals, cases, transfers.
READABLE = ("RF-", "SH-", "TR-")


def topic_of(kind: str, subject: str) -> Topic | None:
    return TOPICS.get(kind) if subject.startswith(READABLE) else None


def announce(event: Event, agencies: Iterable[Agency]) -> bool:
    """Write it down for each of these agencies that has systems; whether any has.

    Asks the database nothing where none has, and once where one has.
    """
    topic = topic_of(event.kind, event.subject)
    with_systems = {agency.pk for agency in agencies if agency.has_systems}
    if topic is None or not with_systems:
        return False
    Announcement.objects.bulk_create(
        [
            Announcement(event=event, agency_id=agency, topic=topic, at=event.happened_at)
            for agency in sorted(with_systems)
        ],
        # Whoever acts does not see what is told to others, so no row is asked back.
        ignore_conflicts=True,
    )
    return True
