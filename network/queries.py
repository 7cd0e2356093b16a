"""What the board, the directory of focal points and the announcements show."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Case, Count, Q, QuerySet, When

from agencies.lists import districts
from agencies.models import Agency, Member
from agencies.policy import in_space
from edge.paging import PAGE, part_of
from network import policy
from network.models import Answer, Bulletin, Confirmation, FocalPoint, Question, Reach
from network.topics import Share, Topic

MOST_WORDS = 8
# More than these are narrowed by a topic or a district.
MOST_PEOPLE = 200
# In an agency with fewer members a number tells who it is; the same step as of what was learned.
FEWEST_COUNTED = 11


def questions(
    actor: Member, *, topic: str = "", words: str = "", open_only: bool = False
) -> QuerySet[Question]:
    """The board, cut to a topic and to what has all of these words, in whatever case they stand."""
    rows = policy.questions_visible_to(actor)
    if topic:
        rows = rows.filter(topic=topic)
    if open_only:
        rows = rows.filter(closed_at__isnull=True)
    for word in words.split()[:MOST_WORDS]:
        rows = rows.filter(Q(title__icontains=word) | Q(text__icontains=word))
    return rows


def answers_of(
    actor: Member, question: Question, *, above: int = 0
) -> tuple[Sequence[Answer], str | None]:
    """A page of the answers that this member may read, the one that helped before all others, and the
    mark of where they go on."""
    helped = question.accepted_id or 0
    rows = policy.answers_visible_to(actor).filter(question=question, pk__gt=above)
    if above:
        rows = rows.exclude(pk=helped)
    first = Case(When(pk=helped, then=0), default=1)
    return part_of(
        list(rows.order_by(first, "pk")[: PAGE + 1]), PAGE, number=lambda row: row.pk
    )


def post(actor: Member, code: str) -> Question | Answer | None:
    """The question or the answer of that code, if this member may read it."""
    question = policy.questions_visible_to(actor).filter(code=code).first()
    return question or policy.answers_visible_to(actor).filter(code=code).first()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who answers for topics in an agency, with what they say of how to reach them."""

    member: Member
    reach: Reach
    topics: list[str] = field(default_factory=list)

    def is_away(self, on: dt.date) -> bool:
        return self.reach.away_until is not None and self.reach.away_until >= on


def people(actor: Member, *, topic: str = "", district: str = "") -> tuple[list[Person], bool]:
    """Who answers for what, by agency: for a topic, in a district, or in the district's region where
    nobody is in it; and whether there are more than are shown."""
    rows = policy.focal_points_visible_to(actor).filter(agreed_at__isnull=False)
    rows = rows.filter(topic=topic) if topic else rows
    near = rows.filter(member__agency__district=district) if district else rows
    if district and not near.exists():
        known = districts().get(district)
        near = rows.filter(member__agency__region=known.region) if known else rows.none()
    found: dict[int, Person] = {}
    order = ("member__agency__name", "member__pk", "topic")
    # Whoever is named for every topic takes as many rows.
    most_rows = (MOST_PEOPLE + 1) * len(Topic)
    for row in near.select_related("member__agency", "member__reach").order_by(*order)[
        :most_rows
    ]:
        reach = getattr(row.member, "reach", None) or Reach(member=row.member)
        found.setdefault(row.member_id, Person(row.member, reach)).topics.append(row.topic)
    return list(found.values())[:MOST_PEOPLE], len(found) > MOST_PEOPLE


def asked_of(actor: Member) -> QuerySet[FocalPoint]:
    """What this member is named for, agreed to or not."""
    return policy.focal_points_visible_to(actor).filter(member=actor).order_by("topic")


def named_by(actor: Member) -> QuerySet[FocalPoint]:
    """Whom the own agency has named, for those who name."""
    rows = policy.focal_points_visible_to(actor).filter(member__agency=actor.agency_id)
    if actor.role not in policy.NAMERS:
        return rows.none()
    return rows.select_related("member").order_by("member__username", "topic")


@dataclass(frozen=True, slots=True)
class Reading:
    """How many of an agency have said that they read an announcement, of how many. Of few it is told only
    whether all, some or none have: a number would say who."""

    agency: Agency
    share: Share
    read: int | None
    missing: int | None


def _reading(agency: Agency, *, read: int, members: int) -> Reading:
    share = Share.ALL if read == members else Share.SOME if read else Share.NONE
    if members < FEWEST_COUNTED:
        return Reading(agency, share, None, None)
    return Reading(agency, share, read, members - read)


def readings(actor: Member, bulletin: Bulletin) -> list[Reading]:
    """By agency, and no names: for whoever may end the announcement."""
    if not policy.may_end_bulletin(actor, bulletin):
        return []
    here = Member.objects.filter(
        in_space(actor, "agency"), is_active=True, is_guest=False, agency__is_active=True
    )
    if bulletin.agency_id is not None:
        here = here.filter(agency=bulletin.agency_id)
    read = Confirmation.objects.filter(bulletin=bulletin, member__in=here)
    counts = dict(read.values_list("agency").annotate(n=Count("pk")).order_by())
    sizes = dict(here.values_list("agency").annotate(n=Count("pk")).order_by())
    agencies = Agency.objects.filter(pk__in=sizes).order_by("name")
    return [
        _reading(each, read=counts.get(each.pk, 0), members=sizes[each.pk]) for each in agencies
    ]
