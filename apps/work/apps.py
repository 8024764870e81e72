from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class WorkConfig(AppConfig):
    name = "apps.work"
    verbose_name = "Long work"

    def ready(self) -> None:
        autodiscover_modules("work")
