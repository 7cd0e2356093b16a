from django.db import migrations

GUARD = """
CREATE FUNCTION custody_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER custody_append_only BEFORE UPDATE OR DELETE ON custody_tombstone
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CREATE TRIGGER custody_append_only BEFORE UPDATE OR DELETE ON custody_keyact
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
"""
UNGUARD = """
DROP TRIGGER custody_append_only ON custody_tombstone;
DROP TRIGGER custody_append_only ON custody_keyact;
DROP FUNCTION custody_append_only();
"""


class Migration(migrations.Migration):
    """Who was erased, and what was done to keys, stays written, whoever asks."""

    dependencies = [("custody", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
