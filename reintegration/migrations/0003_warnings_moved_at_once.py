from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reintegration', '0002_leaner_indexes'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='alert',
            name='warned_once_of_each',
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(deferrable=models.Deferrable['IMMEDIATE'], fields=('case', 'rule', 'about'), name='warned_once_of_each'),
        ),
    ]
