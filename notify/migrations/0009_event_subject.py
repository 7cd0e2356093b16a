from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notify', '0008_calls_given_up'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['subject'], name='event_subject'),
        ),
    ]
