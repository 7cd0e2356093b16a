from django.apps import AppConfig


class SecondingConfig(AppConfig):
    name = "seconding"
