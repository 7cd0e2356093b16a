"""Sessions that lie in the table by their keys can be used by whoever reads it: they end."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("edge", "0002_answers_are_addresses"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL("DELETE FROM django_session", migrations.RunSQL.noop),
    ]
