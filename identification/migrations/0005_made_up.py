from django.db import migrations

# In a made-up space time passes at once: all that has happened there is moved back by it.
GUARD = """
CREATE OR REPLACE FUNCTION identification_unchangeable() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
BEGIN
    IF TG_TABLE_NAME = 'identification_screening' THEN
        number := OLD.case_id;
    ELSIF TG_TABLE_NAME = 'identification_decision' THEN
        SELECT case_id INTO number FROM identification_identification WHERE id = OLD.identification_id;
    END IF;
    IF EXISTS (SELECT 1 FROM cases_case c JOIN agencies_agency a ON a.id = c.owner_id
               WHERE c.id = number AND a.space > 0) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what was decided or submitted is not changed' USING ERRCODE = 'insufficient_privilege';
END $$;
"""
UNGUARD = """
CREATE OR REPLACE FUNCTION identification_unchangeable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was decided or submitted is not changed' USING ERRCODE = 'insufficient_privilege';
END $$;
"""


class Migration(migrations.Migration):
    """What somebody made up has submitted or decided may be changed; what is real stays as it is."""

    dependencies = [("identification", "0004_leaner_indexes"), ("agencies", "0012_spaces")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
