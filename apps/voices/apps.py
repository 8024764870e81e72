from django.apps import AppConfig
from django.core import checks

from apps.voices.system_checks import check_provider_keys


class VoicesConfig(AppConfig):
    name = "apps.voices"
    verbose_name = "Voices"

    def ready(self) -> None:
        # For deployments only: every command prints what the other checks say, each time.
        checks.register(check_provider_keys, "voices", deploy=True)
