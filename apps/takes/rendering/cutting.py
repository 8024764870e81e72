"""Making takes by cutting a part out of another one; no provider is asked, nothing is paid."""

from dataclasses import dataclass, replace

from apps.audio.examining import Examined
from apps.takes.models import Take
from apps.takes.rendering import keeping
from apps.takes.rendering.keeping import Bill
from apps.takes.rendering.renderer import Renderer
from apps.work.outages import through_database_loss


@dataclass(frozen=True)
class CutRenderer(Renderer):
    """Makes takes out of those that they are derived from, which stay as they are."""

    def make(self, take: Take) -> tuple[Examined, Bill]:
        """The part that the take's settings name. A missing source is an ObjectMissing."""
        source = through_database_loss(lambda: source_of(take), self.stop)
        data = self.through_full_storage(lambda: self.place.read(source.key), take)
        take.seed = None  # a retry draws one, but nothing is drawn here
        tags = {"source": take.origin, "derived_from": source.file_name}
        start, end = take.settings["trim"]
        options = replace(keeping.examine_options(take, Bill(), more_tags=tags), part=(start, end))
        return self.measurers.examine(data, options), Bill()


def source_of(take: Take) -> Take:
    return Take.with_previews.select_related("batch").get(derived=take.pk)
