from django.apps import AppConfig


class StakesConfig(AppConfig):
    name = "stakes"
    default_auto_field = "django.db.models.BigAutoField"
