from django.apps import AppConfig


class LookConfig(AppConfig):
    name = "look"
    default_auto_field = "django.db.models.BigAutoField"
