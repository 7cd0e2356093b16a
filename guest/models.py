from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from agencies.models import Agency
from kernel.codes import new_code
from referral.models import Referral


def new_link_code() -> str:
    return new_code("LK")


def new_admission_code() -> str:
    return new_code("AD")


class Link(models.Model):
    """The way by which an agency without an account answers one referral. Whether it is open is
    worked out at each request (guest/policy.py); a row that has ended never opens again."""

    code = models.CharField(max_length=16, unique=True, default=new_link_code)
    referral = models.ForeignKey(
        Referral, on_delete=models.PROTECT, related_name="links", db_index=False
    )
    # Who acts through it. Said here, because who shows the secret is nobody yet and sees no referral.
    stand_in = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Of the secret in the address only a keyed digest is kept for good. The secret itself lies
    # sealed until somebody has opened the link, so that a mail that is sent again leads there too.
    digest = models.CharField(max_length=64, unique=True)
    secret = models.BinaryField(null=True)
    # A slow, keyed hash; empty until the sender has asked for a passcode.
    passcode = models.CharField(max_length=160, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    # A keyed digest of what the one browser holds to which the link is bound.
    device = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    bound_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField()
    # Until then the passcode is not asked for again.
    awake_until = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)
    # When the clock saw that it leads nowhere any more, and told whoever waits.
    lapsed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["referral"],
                condition=Q(ended_at__isnull=True),
                name="one_live_link_a_referral",
            ),
            models.CheckConstraint(
                name="link_bound_at_and_to_go_together",
                condition=Q(device="", bound_at__isnull=True)
                | (~Q(device="") & Q(bound_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="link_bound_or_ended_keeps_no_secret",
                condition=Q(secret__isnull=True)
                | Q(bound_at__isnull=True, ended_at__isnull=True, lapsed_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index("device", name="link_of_device", condition=~Q(device="")),
            models.Index(
                "used_at",
                name="link_to_watch",
                condition=Q(
                    ended_at__isnull=True, locked_at__isnull=True, lapsed_at__isnull=True
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_done(self) -> bool:
        """Whether somebody or something has put an end to it, for good."""
        return any((self.ended_at, self.locked_at, self.lapsed_at))


class Admission(models.Model):
    """Somebody asks that an agency take part: one without an account (a supervisor asks), or one
    that wants its own access (it asks by its link). A system administrator decides."""

    class Kind(models.TextChoices):
        GUEST = "guest", pgettext_lazy("admission", "a new agency that answers by a link")
        CLAIM = "claim", pgettext_lazy("admission", "its own access for an agency")

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("admission", "waits for a decision")
        ADMITTED = "admitted", pgettext_lazy("admission", "approved")
        REFUSED = "refused", pgettext_lazy("admission", "refused")

    code = models.CharField(max_length=16, unique=True, default=new_admission_code)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    # Of a claim the agency that asks; of a new agency what it became.
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    # What is known of a new agency, to be looked through before it is registered.
    facts = models.JSONField(default=dict, blank=True)
    contact = models.CharField(max_length=150, blank=True)
    mail = models.EmailField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="admission_decided_at_and_by_go_together",
                condition=Q(state="asked", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(state="asked") & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="admission_claim_names_the_agency",
                condition=~Q(kind="claim") | Q(agency__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["agency"],
                condition=Q(kind="claim", state="asked"),
                name="one_open_claim_an_agency",
            ),
        ]

    def __str__(self) -> str:
        return self.code
