"""What the demonstration's agencies ask and tell each other, and what one of their members has learned.

By the real actions, so that their rules hold here, too.
"""

import datetime as dt
from collections.abc import Mapping

from dateutil.relativedelta import relativedelta

from agencies.models import Member
from agencies.roles import Role
from learning import queries
from learning.actions import sitting
from learning.models import Sitting
from network.actions import announcing, board, focal
from network.topics import Topic

People = Mapping[Role, Member]
# Who answers for which topics, by the short names of the seed, and when somebody is there.
ANSWER_FOR: tuple[tuple[str, Role, tuple[Topic, ...], str, str], ...] = (
    ("rowan", Role.FOCAL_POINT, (Topic.SHELTER,), "+375170000001", "At any hour"),
    ("clinic", Role.FOCAL_POINT, (Topic.HEALTH,), "+375170000002", "Monday to Friday, 8 to 18"),
    ("lawyers", Role.FOCAL_POINT, (Topic.LEGAL, Topic.FORCED_LABOUR), "+375170000003", "Monday to Friday, 9 to 17"),
    ("children", Role.FOCAL_POINT, (Topic.CHILDREN,), "+375170000004", "At any hour"),
    ("mission", Role.FOCAL_POINT, (Topic.RETURN, Topic.INTERPRETERS), "+375170000005", "Monday to Friday, 10 to 16"),
)  # fmt: skip
# Topic, title and text of a question; the answers, by who gives them; which of them helped.
ASKED: tuple[tuple[Topic, str, str, tuple[tuple[str, str], ...], int | None], ...] = (
    (
        Topic.SHELTER, "A bed for somebody who comes with a dog",
        "Which shelters take an animal in, or know who looks after it? People stay because of it.",
        (
            ("rowan", "We have one room for that. Say it in the note of the referral, then it is kept free."),
            ("helpers", "We look after animals for up to two weeks. Ring before you bring one."),
        ),
        0,
    ),
    (
        Topic.INTERPRETERS, "Interpreters for Vietnamese on the weekend",
        "Our list ends on Friday evening. Whom do you ring on a Saturday?",
        (("mission", "Ask us under Interpretation, marked as urgent: two people take turns on weekends."),),
        None,
    ),
    (
        Topic.LEGAL, "Pay that was never paid, abroad",
        "How long can wages be claimed from an employer in another country, and by whom?",
        (),
        None,
    ),
)  # fmt: skip
ANNOUNCED = {
    "text_en": "An emergency is answered within the hour, at weekends too. Please confirm that you read this.",
    "text_ru": "На экстренное направление отвечают в течение часа, и в выходные. Подтвердите, что прочли.",
    "text_be": "На экстраннае накіраванне адказваюць на працягу гадзіны, і ў выхадныя. Пацвердзіце, што прачыталі.",
}  # fmt: skip
# Topic, and how many of ten were right before and after.
LEARNED: tuple[tuple[str, int, int], ...] = (("identification", 4, 9), ("consent", 5, 7))


def tell_each_other(
    *, asker: Member, coordinator: Member, partners: Mapping[str, People], at: dt.datetime
) -> None:
    """Focal points, three questions, and an announcement to everybody."""
    for short, role, topics, phone, hours in ANSWER_FOR:
        people = partners[short]
        focal.be_reached(
            phone=phone, hours=hours, languages=["rus", "bel"], away_until=None, by=people[role]
        )
        for topic in topics:
            named = focal.name(
                username=people[role].username, topic=topic, by=people[Role.SUPERVISOR], at=at
            )
            focal.agree(code=named.code, by=people[role], at=at)
    for topic, title, text, answers, helped in ASKED:
        question = board.ask(topic=topic, title=title, text=text, by=asker, at=at)
        given = [
            board.answer(
                code=question.code, text=said, by=partners[by][Role.FOCAL_POINT], at=at
            )
            for by, said in answers
        ]
        if helped is not None:
            board.accept(code=given[helped].code, by=asker, at=at)
    announcing.announce(
        texts=ANNOUNCED, must_confirm=True, ends_at=at + relativedelta(months=1), by=coordinator,
        at=at,
    )  # fmt: skip


def learn(*, by: Member, at: dt.datetime) -> None:
    """Forms before and after, handed in five weeks ago: something is to be looked at again."""
    then = at - dt.timedelta(weeks=5)
    for topic, before, after in LEARNED:
        _sit(topic, Sitting.Kind.BEFORE, right=before, by=by, at=then)
        _sit(topic, Sitting.Kind.AFTER, right=after, by=by, at=then)


def _sit(topic: str, kind: str, *, right: int, by: Member, at: dt.datetime) -> None:
    begun = sitting.begin(topic=topic, kind=kind, by=by, at=at)
    answers = {}
    for turn, (question, order) in enumerate(queries.asked(begun)):
        wrong = [code for code in order if code not in question.right][:1]
        answers[question.code] = sorted(question.right) if turn < right else wrong
    sitting.answer(code=begun.code, answers=answers, by=by)
    sitting.finish(code=begun.code, by=by, at=at)
