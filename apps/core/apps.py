from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "apps.core"
    verbose_name = "Core"

    def ready(self) -> None:
        """Load `offers.py` of every app, where it registers its offers."""
        autodiscover_modules("offers")
