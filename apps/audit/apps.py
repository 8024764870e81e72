from django.apps import AppConfig

from apps.accounts.events import record_with


class AuditConfig(AppConfig):
    name = "apps.audit"
    verbose_name = "Audit"

    def ready(self) -> None:
        record_with("apps.audit.services.record")
