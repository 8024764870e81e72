"""What a person can ask of the catalog: make a Series, import a script, edit a line."""

from apps.catalog.services.lines import LineChanged, edit_line
from apps.catalog.services.places import prefix_of, set_prefix
from apps.catalog.services.scripts import (
    ImportRefused,
    PlanOutdated,
    carry_out,
    check_plan,
    confirm_import,
    counts,
    described,
    discard_upload,
    hold_upload,
    import_script,
    plan_pending,
)
from apps.catalog.services.series import create_series, edit_characters, edit_series, new_series

__all__ = [
    "ImportRefused",
    "LineChanged",
    "PlanOutdated",
    "carry_out",
    "check_plan",
    "confirm_import",
    "counts",
    "create_series",
    "described",
    "discard_upload",
    "edit_characters",
    "edit_line",
    "edit_series",
    "hold_upload",
    "import_script",
    "new_series",
    "plan_pending",
    "prefix_of",
    "set_prefix",
]
