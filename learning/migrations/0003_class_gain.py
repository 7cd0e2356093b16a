from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("learning", "0002_duty_to_know")]

    operations = [migrations.RenameField("cohort", "mean_gain", "class_gain")]
