"""What a progress bar says in words."""

from typing import Any

from django import template

register = template.Library()

FINISHED = ("completed", "partial_success", "failed", "cancelled")


@register.simple_tag
def progress_words(report: dict[str, Any], noun: str, currency: str) -> dict[str, Any]:
    """Counts, time, cost and outcome; those are empty of which nothing is known."""
    return {
        "is_finished": report["status"] in FINISHED,
        "counts": counts(report, noun),
        "elapsed": elapsed(report),
        "cost": cost(report, currency),
        "outcome": outcome(report, noun),
    }


def span(seconds: float) -> str:
    """How long something takes, as one says it: `40 s`, `3 min`, `2 h 5 min`."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def counts(report: dict[str, Any], noun: str) -> str:
    """`312 of 618 takes, 4 failed, about 3 min left`."""
    parts = [f"{report['complete']:,} of {report['total']:,} {noun}"]
    parts += [f"{report[name]:,} {name}" for name in ("failed", "cancelled") if report.get(name)]
    left = report.get("remaining_seconds")
    if left is not None and report["status"] not in FINISHED:
        parts.append(f"about {span(left)} left")
    return ", ".join(parts)


def elapsed(report: dict[str, Any]) -> str:
    seconds = report.get("elapsed_seconds")
    if seconds is None:
        return ""
    return f"took {span(seconds)}" if report["status"] in FINISHED else f"{span(seconds)} so far"


def cost(report: dict[str, Any], currency: str) -> str:
    """`$0.12 so far of about $0.30, 12,345 characters`."""
    if report.get("cost") is None:
        return ""
    text = f"{currency}{report['cost']} so far"
    if report.get("cost_estimated") is not None:
        text += f" of about {currency}{report['cost_estimated']}"
    if characters := report.get("cost_characters"):
        text += f", {characters:,} characters"
    return text


def outcome(report: dict[str, Any], noun: str) -> str:
    """What became of it, once it is finished, and what to do."""
    one = report["complete"] == 1
    made = f"{report['complete']:,} {noun.removesuffix('s') if one else noun}"
    ready = f"{made} {'is' if one else 'are'} ready"
    return {
        "completed": f"{ready}." if one else f"All {ready}.",
        "partial_success": f"{ready}, {report.get('failed', 0):,} failed. "
        "See why below, then retry those.",
        "failed": "Nothing could be made. See why below, then retry.",
        "cancelled": f"Cancelled. {made} {'was' if one else 'were'} kept.",
    }.get(report["status"], "")
