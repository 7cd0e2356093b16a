"""What the public is told of a service, where a service was taken from, and sets that wait to be taken."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from kernel.codes import new_code


def new_import_code() -> str:
    return new_code("DI")


class Shown(models.TextChoices):
    """What could lead somebody to a place. Each is shown only where it is ticked."""

    AREA = "area", pgettext_lazy("listing", "the districts that it serves")
    PHONE = "phone", pgettext_lazy("listing", "the telephone number")
    ADDRESS = "address", pgettext_lazy("listing", "the address")
    COORDINATES = "coordinates", pgettext_lazy("listing", "the point on the map")


# Whoever knows one of these can stand before the door.
PLACES = frozenset({Shown.ADDRESS, Shown.COORDINATES})


class Weekday(models.TextChoices):
    """As RFC 5545 writes them."""

    MO = "MO", pgettext_lazy("weekday", "Monday")
    TU = "TU", pgettext_lazy("weekday", "Tuesday")
    WE = "WE", pgettext_lazy("weekday", "Wednesday")
    TH = "TH", pgettext_lazy("weekday", "Thursday")
    FR = "FR", pgettext_lazy("weekday", "Friday")
    SA = "SA", pgettext_lazy("weekday", "Saturday")
    SU = "SU", pgettext_lazy("weekday", "Sunday")


class Listing(models.Model):
    """A service in the public directory, by HSDS's names: its own words, apart from those that
    members read. Not listed unless its agency says so."""

    service = models.OneToOneField(
        "agencies.Service", on_delete=models.CASCADE, related_name="listing"
    )
    # By chance, so that it says neither which service it is nor how many there are.
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    is_listed = models.BooleanField(default=False)
    shows = ArrayField(
        models.CharField(max_length=12, choices=Shown.choices), default=list, blank=True
    )
    name = models.CharField(max_length=200, blank=True)
    description = models.CharField(max_length=4000, blank=True)
    eligibility_description = models.CharField(max_length=1000, blank=True)
    application_process = models.CharField(max_length=1000, blank=True)
    fees_description = models.CharField(max_length=1000, blank=True)
    interpretation_services = models.CharField(max_length=1000, blank=True)
    url = models.CharField(max_length=300, blank=True)
    email = models.CharField(max_length=254, blank=True)
    weekdays = ArrayField(
        models.CharField(max_length=2, choices=Weekday.choices), default=list, blank=True
    )
    opens_at = models.TimeField(null=True, blank=True)
    closes_at = models.TimeField(null=True, blank=True)
    hours_note = models.CharField(max_length=1000, blank=True)
    # Its own place and telephone, by the HTCDS names of agencies/org.py.
    htcds = models.JSONField(default=dict, blank=True)
    # When what the public is told last became different; what the public is not told moves nothing.
    changed_at = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="listing_has_a_name_of_its_own",
                condition=Q(is_listed=False) | ~Q(name=""),
            ),
            models.CheckConstraint(
                name="listing_that_is_listed_has_changed_once",
                condition=Q(is_listed=False) | Q(changed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.uid)

    def hide_place(self) -> None:
        """Take the ticks back that show where it is: somebody sets them anew for what is there now."""
        self.shows = [each for each in self.shows if each not in PLACES]

    def shown(self, what: Shown) -> bool:
        """Whether this is ticked; a place that is sealed elsewhere is never shown."""
        return what in self.shows and not (
            what in PLACES and self.service.confidential_address is not None
        )


class Origin(models.Model):
    """Under which number another directory knows an agency or a service of ours."""

    class Kind(models.TextChoices):
        ORGANIZATION = "organization", "organization"
        SERVICE = "service", "service"

    agency = models.ForeignKey(
        "agencies.Agency", on_delete=models.PROTECT, related_name="origins", db_index=False
    )
    service = models.ForeignKey(
        "agencies.Service", on_delete=models.CASCADE, null=True, related_name="origins"
    )
    source = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    foreign_id = models.CharField(max_length=200)
    # What the other directory says of it; ours only once somebody has said that all is right.
    status = models.CharField(max_length=20, blank=True)
    # The agency has said itself whether the service is open: no set says otherwise any more.
    status_is_ours = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "source", "kind", "foreign_id"], name="one_origin_each"
            ),
            models.CheckConstraint(
                name="origin_of_a_service_has_one",
                condition=Q(kind="organization", service__isnull=True)
                | Q(kind="service", service__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.foreign_id}"


class DirectoryImport(models.Model):
    """A set of another directory that was read and waits for a yes. What it says is sealed, for it
    may say where a shelter is, and gone once it is taken or its time is over."""

    class State(models.TextChoices):
        CHECKED = "checked", pgettext_lazy("directory import", "waits for a yes")
        APPLIED = "applied", pgettext_lazy("directory import", "taken over")
        DISCARDED = "discarded", pgettext_lazy("directory import", "put aside")

    code = models.CharField(max_length=16, unique=True, default=new_import_code)
    by = models.ForeignKey(
        "agencies.Member", on_delete=models.PROTECT, related_name="directory_imports"
    )
    source = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKED)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(null=True)
    # How many were new, changed, the same; and how many faults there were.
    counts = models.JSONField(default=dict)
    read_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="import_that_ended_holds_nothing",
                condition=Q(state="checked", content__isnull=False, ended_at__isnull=True)
                | Q(
                    state__in=["applied", "discarded"],
                    content__isnull=True,
                    ended_at__isnull=False,
                ),
            )
        ]

    def __str__(self) -> str:
        return self.code
