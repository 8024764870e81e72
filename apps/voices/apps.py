from django.apps import AppConfig
from django.core import checks

from apps.voices.system_checks import check_provider_keys


class VoicesConfig(AppConfig):
    name = "apps.voices"
    verbose_name = "Voices"

    def ready(self) -> None:
        # For deployments only: otherwise every command would print these notes.
        checks.register(check_provider_keys, "voices", deploy=True)
