from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "apps.core"
    verbose_name = "Core"

    def ready(self) -> None:
        """Every app registers what it offers, in its `offers.py`."""
        autodiscover_modules("offers")
