from django.db import migrations

GUARD = """
CREATE FUNCTION identification_unchangeable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was decided or submitted is not changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER identification_decision_unchangeable BEFORE UPDATE ON identification_decision
    FOR EACH ROW EXECUTE FUNCTION identification_unchangeable();
CREATE TRIGGER identification_screening_unchangeable BEFORE UPDATE ON identification_screening
    FOR EACH ROW WHEN (OLD.state = 'submitted')
    EXECUTE FUNCTION identification_unchangeable();
CREATE TRIGGER identification_instrument_unchangeable BEFORE UPDATE ON identification_instrument
    FOR EACH ROW EXECUTE FUNCTION identification_unchangeable();
"""
UNGUARD = """
DROP TRIGGER identification_decision_unchangeable ON identification_decision;
DROP TRIGGER identification_screening_unchangeable ON identification_screening;
DROP TRIGGER identification_instrument_unchangeable ON identification_instrument;
DROP FUNCTION identification_unchangeable();
"""


class Migration(migrations.Migration):
    """A decision, a submitted screening and a published instrument stay as they are: the triggers
    bind the tables' owner too. Erasing a person still deletes them."""

    dependencies = [("identification", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
