from django.apps import AppConfig


class MintsConfig(AppConfig):
    name = "mints"
    default_auto_field = "django.db.models.BigAutoField"
