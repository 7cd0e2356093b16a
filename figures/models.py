import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from cases.models import Person
from kernel.codes import new_code


def new_extract_code() -> str:
    return new_code("CT")


class Sheet(models.Model):
    """What is counted of a person and stands sealed elsewhere: codes alone, sealed for the figures.

    `handle` is a random number from which, with a key, the marks in `Counted` are made. It goes with
    the person's key, and then no mark leads to anybody any more; only where another file of the person
    was linked to this one, its sheet takes the handle over, sealed (figures/heirs.py).
    """

    person = models.OneToOneField(
        Person, on_delete=models.CASCADE, primary_key=True, related_name="figures_sheet"
    )
    handle = models.UUIDField(default=uuid.uuid4)
    content = models.BinaryField(null=True)

    def __str__(self) -> str:
        return f"sheet of {self.person_id}"


class Counted(models.Model):
    """A person was counted in a cell: a keyed mark of both, from which neither can be read."""

    mark = models.UUIDField(primary_key=True)

    def __str__(self) -> str:
        return str(self.mark)


class Release(models.Model):
    """The figures as they stood at the end of a month. Made once, and never changed."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("figures", "being made")
        MADE = "made", pgettext_lazy("figures", "made")

    # The first day of the month.
    month = models.DateField(unique=True)
    state = models.CharField(max_length=5, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField(null=True)
    # How many people a step held when this was made.
    step = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="release_month_is_its_first_day", condition=Q(month__day=1)
            ),
            models.CheckConstraint(
                name="release_made_has_its_time",
                condition=Q(state="made", made_at__isnull=False, step__isnull=False)
                | Q(state="asked", made_at__isnull=True, step__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.period

    @property
    def period(self) -> str:
        return f"{self.month:%Y-%m}"


class Cell(models.Model):
    """One published number: at least so many people, in whole steps."""

    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, related_name="cells", db_index=False
    )
    table = models.CharField(max_length=24)
    value = models.CharField(max_length=200)
    total = models.PositiveIntegerField()
    # How many of them are new since the release before.
    added = models.PositiveIntegerField()
    # Of those who are new: the mean score at the first and at the newest review.
    first_mean = models.DecimalField(max_digits=2, decimal_places=1, null=True)
    last_mean = models.DecimalField(max_digits=2, decimal_places=1, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "table", "value"], name="one_number_a_cell"
            ),
            models.CheckConstraint(
                name="cell_grows", condition=Q(total__gt=0, total__gte=F("added"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.value}: {self.total}"


class Noisy(models.Model):
    """One number of a year with noise in it (differential privacy), and the budget it cost."""

    year = models.PositiveSmallIntegerField()
    table = models.CharField(max_length=24)
    value = models.CharField(max_length=200)
    about = models.PositiveIntegerField()
    # In 95 of 100 cases the true number is no further away than this.
    give_or_take = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["year", "table", "value"], name="one_noisy_number_a_cell"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.table} {self.value}: about {self.about}"


class Spent(models.Model):
    """What a table of a year has used up of that year's budget for noisy numbers."""

    year = models.PositiveSmallIntegerField()
    table = models.CharField(max_length=24)
    epsilon = models.DecimalField(max_digits=8, decimal_places=5)
    spent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "table"], name="table_spends_once_a_year"),
            models.CheckConstraint(name="something_is_spent", condition=Q(epsilon__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.epsilon} of {self.year} for {self.table}"


class Extract(models.Model):
    """A file of a year in the shape of the CTDC, for whom two people agreed should have it."""

    code = models.CharField(max_length=16, unique=True, default=new_extract_code)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="extracts")
    # The code of the request that a second person approved.
    second = models.CharField(max_length=16, unique=True)
    rows = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code
