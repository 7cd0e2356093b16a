import json

from django.db import migrations, models

GUARDED = ("audit_seal", "audit_leaf", "audit_anchoring", "audit_cosignature")
GUARD = "".join(
    f"""
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
"""
    for table in GUARDED
)
UNGUARD = "".join(f"DROP TRIGGER audit_append_only ON {table};" for table in GUARDED)
COLUMNS = (
    'id, event_id, happened_at, event, actor, agency, role, about, "case", groups, request_id, facts'
)
BATCH = 2000


def mark_what_is_there(apps, schema_editor):
    """Events from before there were leaves get theirs now: the log is sealed from its beginning."""
    from audit import keys, leaf

    with schema_editor.connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER audit_append_only")
        last = 0
        while rows := _after(cursor, last):
            marks = []
            for number, *columns, facts in rows:
                known = facts if isinstance(facts, dict) else json.loads(facts)
                said = leaf.Said(*columns, known)
                mark = leaf.leaf_of(said, leaf.key_of(keys.writing_key(), said.event_id))
                marks.append((mark, number))
            cursor.executemany("UPDATE audit_auditevent SET leaf = %s WHERE id = %s", marks)
            last = rows[-1][0]
        cursor.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER audit_append_only")


def _after(cursor, last):
    cursor.execute(
        f"SELECT {COLUMNS} FROM audit_auditevent WHERE id > %s ORDER BY id LIMIT {BATCH}", [last]
    )
    return cursor.fetchall()


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]
    operations = [
        migrations.AddField(
            model_name="auditevent",
            name="leaf",
            field=models.BinaryField(default=b""),
            preserve_default=False,
        ),
        migrations.RunPython(mark_what_is_there, migrations.RunPython.noop),
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('seq', models.BigIntegerField(primary_key=True, serialize=False)),
                ('previous', models.BinaryField()),
                ('size', models.IntegerField()),
                ('first', models.BigIntegerField()),
                ('last', models.BigIntegerField()),
                ('horizon', models.BigIntegerField()),
                ('root', models.BinaryField()),
                ('mark', models.CharField(blank=True, max_length=16)),
                ('at', models.DateTimeField()),
                ('nodes', models.BinaryField()),
                ('checkpoint', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='Anchoring',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('anchor', models.CharField(max_length=20)),
                ('seal', models.BigIntegerField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['anchor', '-seal'], name='audit_anchored')],
            },
        ),
        migrations.CreateModel(
            name='Cosignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('agency', models.CharField(max_length=16)),
                ('seal', models.BigIntegerField()),
                ('key', models.CharField(max_length=250)),
                ('line', models.TextField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['agency', '-seal'], name='audit_witnessed')],
                'constraints': [models.UniqueConstraint(fields=('agency', 'seal', 'key'), name='one_word_a_seal')],
            },
        ),
        migrations.CreateModel(
            name='Leaf',
            fields=[
                ('event_id', models.UUIDField(primary_key=True, serialize=False)),
                ('number', models.BigIntegerField()),
                ('seal', models.BigIntegerField()),
                ('position', models.IntegerField()),
                ('hash', models.BinaryField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('seal', 'position'), name='one_event_a_place')],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
