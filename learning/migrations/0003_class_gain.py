"""The gain of all together in place of the mean of their gains, in what was published, too."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

LOWEST, HIGHEST = Decimal("-0.9"), Decimal("0.9")


def reckon_anew(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    """As learning.actions.publishing does it when it publishes."""
    cohorts, sittings = (apps.get_model("learning", name) for name in ("Cohort", "Sitting"))
    for cohort in cohorts.objects.all():
        afters = sittings.objects.filter(cohort=cohort)
        befores = sittings.objects.filter(
            kind="before", topic=cohort.topic, member__in=afters.values("member")
        )
        if not befores or not afters:
            # Everybody's own numbers are gone; what was published stays.
            continue
        before, after = _mean(befores), _mean(afters)
        gained = (after - before) / (1 - before)
        tenths = Decimal(round(gained * 10)) / 10
        cohort.class_gain = min(max(tenths, LOWEST), HIGHEST)
        cohort.save(update_fields=["class_gain"])


def _mean(sittings: Iterable[Any]) -> Fraction:
    right = [Fraction(each.right, len(each.drawn)) for each in sittings]
    return sum(right, Fraction(0)) / len(right)


class Migration(migrations.Migration):
    dependencies = [("learning", "0002_duty_to_know")]

    operations = [
        migrations.RenameField("cohort", "mean_gain", "class_gain"),
        migrations.RunPython(reckon_anew, migrations.RunPython.noop),
    ]
