"""Makes trimmed takes by cutting a part out of another take, without a provider or cost."""

from dataclasses import dataclass, replace

from apps.audio.examining import Examined
from apps.takes.models import Take
from apps.takes.rendering import keeping
from apps.takes.rendering.keeping import Bill
from apps.takes.rendering.renderer import Renderer
from apps.work.outages import through_database_loss


@dataclass(frozen=True)
class CutRenderer(Renderer):
    """Makes trimmed takes from their source takes, which stay unchanged."""

    def make(self, take: Take) -> tuple[Examined, Bill]:
        """The part between the settings' start and end. Raises ObjectMissing without the source."""
        source = through_database_loss(lambda: source_of(take), self.stop)
        data = self.through_full_storage(lambda: self.place.read(source.key), take)
        take.seed = None  # a retry draws a seed, which cutting does not use
        tags = {"source": take.origin, "derived_from": source.file_name}
        start, end = take.settings["trim"]
        options = replace(keeping.examine_options(take, Bill(), more_tags=tags), part=(start, end))
        return self.measurers.examine(data, options), Bill()


def source_of(take: Take) -> Take:
    return Take.with_previews.select_related("batch").get(derived=take.pk)
