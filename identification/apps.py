from django.apps import AppConfig


class IdentificationConfig(AppConfig):
    name = "identification"
    default_auto_field = "django.db.models.BigAutoField"
