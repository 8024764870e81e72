"""Reads Events."""

from django.db.models import Model, QuerySet

from apps.audit.models import Event


def events_of(target: Model) -> QuerySet[Event]:
    """The Events of one target, newest first; a renamed target keeps its Events."""
    return Event.objects.filter(target_type=target._meta.label_lower, target_id=str(target.pk))
