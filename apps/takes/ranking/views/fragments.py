"""What the ranking board shows that is drawn here, by the templates that other pages use too."""

from typing import Any

from django.template.loader import render_to_string

from apps.accounts.models import User
from apps.takes.ranking.views.announcements import ORDINALS

RANKS = (1, 2, 3, 4, 5, 0)


def takes_html(line: dict[str, Any], person: User) -> str:
    """The rows of the takes of a line; they tell no more than its document does."""
    takes = [shown(take, person) for take in line["takes"]]
    return render_to_string(
        "admin/takes/board_takes.html", {"line": line, "takes": takes, "ranks": RANKS}
    )


def shown(take: dict[str, Any], person: User) -> dict[str, Any]:
    ranked_by = take.get("ranked_by")
    return {
        **take,
        "standing": ORDINALS.get(take["rank"], ""),
        "ranked_by": None if ranked_by == person.get_username() else ranked_by,
        "settings": {
            name: " – ".join(map(str, value)) if isinstance(value, list) else value
            for name, value in take.get("settings", {}).items()
            if value not in (None, "")
        },
    }


def lock_html(lock: dict[str, Any]) -> str:
    return render_to_string("admin/takes/board_lock.html", lock)
