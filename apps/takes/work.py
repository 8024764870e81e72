"""What the sweeper does for takes."""

from apps.takes.models import Take
from apps.takes.ordering.services.previews import expire_previews
from apps.takes.rendering.finishing import finish_due
from apps.takes.rendering.jobs import RENDER
from apps.takes.tree.projection import project_forgotten
from apps.work.registry import Kind, register_due, register_kind

register_kind(Kind(Take, RENDER, group="batch_id"))
register_due("batches finished", finish_due)
register_due("boards written", project_forgotten)
register_due("previews expired", expire_previews)
