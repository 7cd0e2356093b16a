from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import translation

from agencies.models import Agency, Member
from kernel.codes import new_code
from network.topics import Because, Topic


def new_question_code() -> str:
    return new_code("QU")


def new_answer_code() -> str:
    return new_code("AW")


def new_focal_code() -> str:
    return new_code("FP")


def new_bulletin_code() -> str:
    return new_code("BU")


# When, why and by whom something was hidden: all of it or nothing.
SHOWN_OR_HIDDEN = Q(hidden_at__isnull=True, hidden_because="", hidden_by__isnull=True) | Q(
    hidden_at__isnull=False, hidden_because__in=Because.values, hidden_by__isnull=False
)


class Question(models.Model):
    """Something that a member asks all agencies, about no case. Its words were looked over first."""

    code = models.CharField(max_length=16, unique=True, default=new_question_code)
    topic = models.CharField(max_length=24, choices=Topic.choices)
    title = models.CharField(max_length=160)
    text = models.CharField(max_length=2000)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    accepted = models.ForeignKey(
        "network.Answer", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    hidden_at = models.DateTimeField(null=True)
    hidden_because = models.CharField(max_length=16, choices=Because.choices, blank=True)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="question_topic_is_known", condition=Q(topic__in=Topic.values)
            ),
            models.CheckConstraint(
                name="question_is_hidden_for_a_reason",
                condition=SHOWN_OR_HIDDEN,
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def has_words(self) -> bool:
        """Whether its words are there still: of what was hidden because it tells of a case they are gone."""
        return self.hidden_because != Because.CASE_CONTENT


class Answer(models.Model):
    """What a member answers to a question. Its words were looked over first."""

    code = models.CharField(max_length=16, unique=True, default=new_answer_code)
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    text = models.CharField(max_length=2000)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()
    hidden_at = models.DateTimeField(null=True)
    hidden_because = models.CharField(max_length=16, choices=Because.choices, blank=True)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="answer_is_hidden_for_a_reason",
                condition=SHOWN_OR_HIDDEN,
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def has_words(self) -> bool:
        """Whether its words are there still: of what was hidden because it tells of a case they are gone."""
        return self.hidden_because != Because.CASE_CONTENT


class FocalPoint(models.Model):
    """Whom to ask about a topic in an agency: named by the agency, shown once the member says yes."""

    code = models.CharField(max_length=16, unique=True, default=new_focal_code)
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="focal_topics", db_index=False
    )
    topic = models.CharField(max_length=24, choices=Topic.choices)
    asked_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "topic"], name="focal_point_once_a_topic"
            ),
            models.CheckConstraint(
                name="focal_point_topic_is_known", condition=Q(topic__in=Topic.values)
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Reach(models.Model):
    """How a member is reached at the office, in the member's own words; nothing private, no address."""

    member = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="reach")
    phone = models.CharField(max_length=40, blank=True)
    hours = models.CharField(max_length=120, blank=True)
    languages = ArrayField(models.CharField(max_length=3), default=list, blank=True)
    away_until = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.member_id)


class Bulletin(models.Model):
    """An announcement to all agencies, or to one, until a time; in up to three languages."""

    code = models.CharField(max_length=16, unique=True, default=new_bulletin_code)
    # Without one it is for everybody.
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    text_en = models.CharField(max_length=1000, blank=True)
    text_ru = models.CharField(max_length=1000, blank=True)
    text_be = models.CharField(max_length=1000, blank=True)
    must_confirm = models.BooleanField(default=False)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    announced_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="bulletin_says_something",
                condition=~Q(text_en="", text_ru="", text_be=""),
            ),
            models.CheckConstraint(
                name="bulletin_ends_after_it_begins",
                condition=Q(ends_at__gte=models.F("announced_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def text(self) -> str:
        """In the reader's language, or the first that it was written in."""
        spoken = (translation.get_language() or "en")[:2]
        own = getattr(self, f"text_{spoken}", "")
        return str(own or self.text_ru or self.text_be or self.text_en)


class Confirmation(models.Model):
    """That a member has read an announcement."""

    bulletin = models.ForeignKey(
        Bulletin, on_delete=models.CASCADE, related_name="confirmations", db_index=False
    )
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    agency = models.ForeignKey(
        Agency, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bulletin", "member"], name="bulletin_read_once"),
        ]

    def __str__(self) -> str:
        return f"{self.bulletin_id} by {self.member_id}"
