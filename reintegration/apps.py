from django.apps import AppConfig


class ReintegrationConfig(AppConfig):
    name = "reintegration"
    default_auto_field = "django.db.models.BigAutoField"
