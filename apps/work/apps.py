from django.apps import AppConfig

from apps.core.undocumented import import_from_each_app


class WorkConfig(AppConfig):
    name = "apps.work"
    verbose_name = "Long work"

    def ready(self) -> None:
        import_from_each_app("work")
