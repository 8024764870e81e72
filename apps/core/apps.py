from django.apps import AppConfig

from apps.core.undocumented import import_from_each_app


class CoreConfig(AppConfig):
    name = "apps.core"
    verbose_name = "Core"

    def ready(self) -> None:
        """Load `offers.py` of every app, where it registers its offers."""
        import_from_each_app("offers")
