"""Which drafts wait for a decision."""

from django.db.models import Exists, OuterRef, QuerySet

from apps.catalog.models import Series
from apps.review.models import Approval, Draft


def waiting_drafts(series: Series) -> QuerySet[Draft]:
    """Drafts to decide on: shown, of current lines, newer than what is approved there."""
    decided = Approval.objects.in_force().filter(
        line=OuterRef("line"), variant=OuterRef("variant"), draft__version__gte=OuterRef("version")
    )
    return Draft.objects.shown().filter(~Exists(decided), series=series, line__retired_at=None)
