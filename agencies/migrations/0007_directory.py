import agencies.listingmodels
import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0006_leaner_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='agency',
            name='about',
            field=models.CharField(blank=True, max_length=1000),
        ),
        migrations.AddField(
            model_name='agency',
            name='uid',
            field=models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, unique=True),
        ),
        migrations.AddField(
            model_name='agency',
            name='website',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.CreateModel(
            name='DirectoryImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=agencies.listingmodels.new_import_code, max_length=16, unique=True)),
                ('source', models.CharField(max_length=40)),
                ('state', models.CharField(choices=[('checked', 'waits for a yes'), ('applied', 'taken over'), ('discarded', 'put aside')], default='checked', max_length=10)),
                ('sha256', models.CharField(max_length=64)),
                ('content', models.BinaryField(null=True)),
                ('counts', models.JSONField(default=dict)),
                ('read_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='directory_imports', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('content__isnull', False), ('ended_at__isnull', True), ('state', 'checked')), models.Q(('content__isnull', True), ('ended_at__isnull', False), ('state__in', ['applied', 'discarded'])), _connector='OR'), name='import_that_ended_holds_nothing')],
            },
        ),
        migrations.CreateModel(
            name='Listing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('is_listed', models.BooleanField(default=False)),
                ('shows', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('area', 'the districts that it serves'), ('phone', 'the telephone number'), ('address', 'the address'), ('coordinates', 'the point on the map')], max_length=12), blank=True, default=list, size=None)),
                ('name', models.CharField(blank=True, max_length=200)),
                ('description', models.CharField(blank=True, max_length=4000)),
                ('eligibility_description', models.CharField(blank=True, max_length=1000)),
                ('application_process', models.CharField(blank=True, max_length=1000)),
                ('fees_description', models.CharField(blank=True, max_length=1000)),
                ('interpretation_services', models.CharField(blank=True, max_length=1000)),
                ('url', models.CharField(blank=True, max_length=300)),
                ('email', models.CharField(blank=True, max_length=254)),
                ('weekdays', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('MO', 'Monday'), ('TU', 'Tuesday'), ('WE', 'Wednesday'), ('TH', 'Thursday'), ('FR', 'Friday'), ('SA', 'Saturday'), ('SU', 'Sunday')], max_length=2), blank=True, default=list, size=None)),
                ('opens_at', models.TimeField(blank=True, null=True)),
                ('closes_at', models.TimeField(blank=True, null=True)),
                ('hours_note', models.CharField(blank=True, max_length=1000)),
                ('htcds', models.JSONField(blank=True, default=dict)),
                ('changed_at', models.DateTimeField(blank=True, null=True)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('service', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='listing', to='agencies.service')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('is_listed', False), models.Q(('name', ''), _negated=True), _connector='OR'), name='listing_has_a_name_of_its_own'), models.CheckConstraint(condition=models.Q(('is_listed', False), ('changed_at__isnull', False), _connector='OR'), name='listing_that_is_listed_has_changed_once')],
            },
        ),
        migrations.CreateModel(
            name='Origin',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=40)),
                ('kind', models.CharField(choices=[('organization', 'organization'), ('service', 'service')], max_length=12)),
                ('foreign_id', models.CharField(max_length=200)),
                ('status', models.CharField(blank=True, max_length=20)),
                ('agency', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='origins', to='agencies.agency')),
                ('service', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='origins', to='agencies.service')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('agency', 'source', 'kind', 'foreign_id'), name='one_origin_each'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'organization'), ('service__isnull', True)), models.Q(('kind', 'service'), ('service__isnull', False)), _connector='OR'), name='origin_of_a_service_has_one')],
            },
        ),
    ]
