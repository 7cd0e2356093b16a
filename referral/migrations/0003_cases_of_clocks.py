from django.db import migrations

# Clocks and tasks that run know their case from now on; those that ran before learn it here.
FILL = """
UPDATE notify_clock k SET "case" = c.code
FROM referral_referral r JOIN cases_case c ON c.id = r.case_id
WHERE k.subject = r.code AND k."case" = '' AND k.stopped_at IS NULL;
UPDATE notify_task t SET "case" = c.code
FROM referral_referral r JOIN cases_case c ON c.id = r.case_id
WHERE t.subject = r.code AND t.agency_id = r.sender_id AND t."case" = ''
  AND t.done_at IS NULL;
UPDATE notify_task t SET "case" = t.subject
FROM cases_case c WHERE t.subject = c.code AND t."case" = '' AND t.done_at IS NULL;
"""


class Migration(migrations.Migration):
    """A case takes its clocks and tasks along when it changes hands."""

    dependencies = [
        ("referral", "0002_onward_and_case_requests"),
        ("notify", "0002_clocks_of_cases"),
        ("cases", "0002_records_and_assessments"),
    ]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
