"""Reading the record."""

from django.db.models import Model, QuerySet

from apps.audit.models import Event


def events_of(target: Model) -> QuerySet[Event]:
    """What was done to one thing, newest first; also after it was renamed."""
    return Event.objects.filter(target_type=target._meta.label_lower, target_id=str(target.pk))
