from django.apps import AppConfig

from apps.core.undocumented import import_from_each_app


class CoreConfig(AppConfig):
    name = "apps.core"
    verbose_name = "Core"

    def ready(self) -> None:
        """Every app registers what it offers, in its `offers.py`."""
        import_from_each_app("offers")
