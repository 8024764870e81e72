"""Shows Series, scripts and lines in the admin."""

from apps.catalog.admin.lines import LineAdmin
from apps.catalog.admin.scripts import ScriptAdmin
from apps.catalog.admin.series import SeriesAdmin

__all__ = ["LineAdmin", "ScriptAdmin", "SeriesAdmin"]
