import datetime as dt
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import (  # type: ignore[attr-defined]  # the loop over backends
    AbstractUser,
    Group,
    _user_has_perm,
)
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

import agencies.listingmodels  # noqa: F401 -- the models of the directory are this app's too
from agencies import jurisdiction
from agencies.roles import AgencyType, Role, Standing
from kernel.codes import new_code


def new_agency_code() -> str:
    return new_code("AG")


def new_service_code() -> str:
    return new_code("SV")


def new_view_code() -> str:
    return new_code("VW")


def default_zone() -> str:
    return jurisdiction.current().calendar.zone


def default_holidays() -> str:
    return jurisdiction.current().calendar.holidays


# The space of the real agencies; each learner's made-up ones have a space of their own.
REAL = 0


class Agency(models.Model):
    """An organisation that uses the service: it refers people, receives them, or both.

    Its space says among whom: agencies of one space know of those of no other.
    """

    code = models.CharField(max_length=16, unique=True, default=new_agency_code)
    name = models.CharField(max_length=200)
    space = models.PositiveIntegerField(default=REAL, editable=False)
    type = models.CharField(max_length=32, choices=AgencyType.choices)
    region = models.CharField(max_length=8, blank=True)
    district = models.CharField(max_length=16, blank=True)
    is_coordinating = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    standing = models.CharField(max_length=8, choices=Standing.choices, default=Standing.FULL)
    protocol_signed_on = models.DateField(null=True, blank=True)
    protocol_signed_until = models.DateField(null=True, blank=True)
    time_zone = models.CharField(max_length=40, default=default_zone)
    holiday_country = models.CharField(max_length=2, default=default_holidays)
    closed_weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    closed_days = ArrayField(models.DateField(), default=list, blank=True)
    # Each function of an agency is a principal of the access table.
    supervisors = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="+")
    focal_points = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="+")
    # Only where the agency decides on identification: which of the jurisdiction's bodies it is.
    deciding_body = models.CharField(max_length=40, blank=True)
    officers = models.OneToOneField(
        Group, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # Where it may be found, by HTCDS names (org_Phone, org_ShippingCity ...); public.
    htcds = models.JSONField(default=dict, blank=True)
    # Whether it has systems that are called; so that an act for anybody else looks for none.
    has_systems = models.BooleanField(default=False)
    # In the public directory: a number by chance, and what it says of itself there. The name that
    # members read is not told.
    uid = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    public_name = models.CharField(max_length=200, blank=True)
    about = models.CharField(max_length=1000, blank=True)
    website = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["space", "name"], name="one_agency_of_a_name"),
            # Nothing of what is made up is called, mailed, published or national.
            models.CheckConstraint(
                name="agency_for_practice_stays_there",
                condition=Q(space=REAL)
                | (
                    Q(has_systems=False, is_coordinating=False, public_name="")
                    & ~Q(standing=Standing.GUEST)
                ),
            ),
            models.CheckConstraint(
                name="agency_type_is_known", condition=Q(type__in=AgencyType.values)
            ),
            models.CheckConstraint(
                name="agency_standing_is_known", condition=Q(standing__in=Standing.values)
            ),
            models.CheckConstraint(
                name="agency_protocol_ends_after_it_begins",
                condition=Q(protocol_signed_until__isnull=True)
                | Q(protocol_signed_until__gte=F("protocol_signed_on")),
            ),
            models.CheckConstraint(
                name="agency_that_decides_has_officers",
                condition=Q(deciding_body="") | Q(officers__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_guest(self) -> bool:
        """Whether it has no account, and answers by a link that is mailed to it."""
        return self.standing == Standing.GUEST

    def may_receive(self, on: dt.date) -> bool:
        """Whether the sharing protocol is signed and in force on that day."""
        until = self.protocol_signed_until
        return self.is_active and until is not None and until >= on


class Member(AbstractUser):
    """A person who works for one agency, in one role."""

    email = models.EmailField(blank=True)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="members", db_index=False
    )
    role = models.CharField(max_length=32, choices=Role.choices)
    own_group = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=2, default="en")
    # Nobody's account: what stands for an agency without members, so that rights, clocks and
    # the log know it as they know everybody. It never signs in.
    is_guest = models.BooleanField(default=False)
    # The one referral that such a one answers in this request, by the link that was shown; never saved.
    answers: int | None = None
    left_at = models.DateTimeField(null=True, blank=True)
    failed_logins = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)

    REQUIRED_FIELDS = ["email", "agency", "role"]

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="member_role_is_known", condition=Q(role__in=Role.values)
            ),
            models.CheckConstraint(
                name="member_who_left_is_not_active",
                condition=Q(left_at__isnull=True) | Q(is_active=False),
            ),
            models.CheckConstraint(
                name="member_of_a_guest_has_the_inbox_and_no_password",
                condition=Q(is_guest=False)
                | Q(role=Role.FOCAL_POINT.value, password__startswith=UNUSABLE_PASSWORD_PREFIX),
            ),
            models.UniqueConstraint(
                fields=["agency"],
                condition=Q(is_guest=True, is_active=True),
                name="one_member_stands_for_a_guest",
            ),
        ]
        indexes = [models.Index(fields=["agency", "role"], name="member_agency_role")]

    def __str__(self) -> str:
        return self.username

    def has_perm(self, perm: str, obj: Any | None = None) -> bool:
        """As the backends say. The mark of a superuser opens nothing here."""
        return self.is_active and bool(_user_has_perm(self, perm, obj))

    @property
    def known_as(self) -> str:
        """What colleagues call the member: the full name, or where there is none the user name."""
        return self.get_full_name() or self.username

    @property
    def agency_code(self) -> str:
        return self.agency.code

    @property
    def space(self) -> int:
        return self.agency.space

    @property
    def principals(self) -> list[int]:
        """The groups that rows of the access table may name for this member."""
        function = {
            Role.SUPERVISOR: self.agency.supervisors_id,
            Role.FOCAL_POINT: self.agency.focal_points_id,
            Role.IDENTIFICATION_OFFICER: self.agency.officers_id,
        }.get(Role(self.role))
        return [self.own_group_id] if function is None else [self.own_group_id, function]


class Token(models.Model):
    """A key to the API for one member. Only its SHA-256 is stored."""

    class Scope(models.TextChoices):
        READ = "read", pgettext_lazy("token", "reading")
        WRITE = "write", pgettext_lazy("token", "writing")
        ACTIVATE = "activate", pgettext_lazy("token", "activation")
        WITNESS = "witness", pgettext_lazy("token", "witnessing the log")
        FHIR = "fhir", pgettext_lazy("token", "referrals by FHIR")

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="tokens")
    label = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope.choices))
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    code = models.CharField(max_length=16, unique=True)

    def __str__(self) -> str:
        return f"{self.member_id}: {self.label}"


class Service(models.Model):
    """What an agency offers, in the shape of HSDS 3: type, eligibility, area, capacity."""

    class Status(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("service status", "active")
        INACTIVE = "inactive", pgettext_lazy("service status", "not active")
        DEFUNCT = "defunct", pgettext_lazy("service status", "closed for good")
        CLOSED = "temporarily_closed", pgettext_lazy("service status", "closed for a time")

    code = models.CharField(max_length=16, unique=True, default=new_service_code)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="services")
    type = models.CharField(max_length=32)
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.ACTIVE)
    minimum_age = models.PositiveSmallIntegerField(null=True, blank=True)
    maximum_age = models.PositiveSmallIntegerField(null=True, blank=True)
    genders = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    takes_foreigners = models.BooleanField(default=True)
    takes_families = models.BooleanField(default=True)
    needs_gender = models.BooleanField(default=False)
    languages = ArrayField(models.CharField(max_length=3), default=list, blank=True)
    districts = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    round_the_clock = models.BooleanField(default=False)
    capacity = models.PositiveIntegerField(null=True, blank=True)
    places_free = models.PositiveIntegerField(null=True, blank=True)
    verified_on = models.DateField(null=True, blank=True)
    # Sealed, written by the agency itself and shown in no answer of the API.
    confidential_address = models.BinaryField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="service_status_is_known",
                condition=Q(status__in=["active", "inactive", "defunct", "temporarily_closed"]),
            ),
            models.CheckConstraint(
                name="service_ages_in_order",
                condition=Q(minimum_age__isnull=True)
                | Q(maximum_age__isnull=True)
                | Q(minimum_age__lte=F("maximum_age")),
            ),
            models.CheckConstraint(
                name="service_has_no_more_free_places_than_places",
                condition=Q(places_free__isnull=True)
                | Q(capacity__isnull=True)
                | Q(places_free__lte=F("capacity")),
            ),
        ]
        indexes = [models.Index(fields=["type", "status"], name="service_type_status")]

    def __str__(self) -> str:
        return self.name


class ClockSetting(models.Model):
    """An agency's own deadline for one urgency, for all its services or one type of them."""

    agency = models.ForeignKey(
        Agency, on_delete=models.CASCADE, related_name="clock_settings", db_index=False
    )
    service_type = models.CharField(max_length=32, blank=True)
    urgency = models.CharField(max_length=10)
    reply_hours = models.FloatField()
    contact_hours = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "service_type", "urgency"], name="one_clock_setting_each"
            ),
            models.CheckConstraint(
                name="clock_hours_are_positive",
                condition=Q(reply_hours__gt=0) & Q(contact_hours__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.service_type or '*'} {self.urgency}"


class CodeEntry(models.Model):
    """A code that an administrator has added to a list. Retired, it is read but not written."""

    list = models.CharField(max_length=60)
    code = models.CharField(max_length=60)
    maps_to = models.CharField(max_length=60, blank=True)
    label_en = models.CharField(max_length=120)
    label_ru = models.CharField(max_length=120)
    label_be = models.CharField(max_length=120)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "code"], name="code_once_in_a_list"),
        ]

    def __str__(self) -> str:
        return f"{self.list} {self.code}"


class SavedView(models.Model):
    """How a member cuts a list again and again: the page and its query, under a name of theirs."""

    code = models.CharField(max_length=16, unique=True, default=new_view_code)
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="saved_views", db_index=False
    )
    page = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "page", "name"], name="one_saved_view_of_each_name"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} of {self.member_id}"
