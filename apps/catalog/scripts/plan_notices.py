"""What a plan has to say beside its numbers: the same on the page and in the command."""

from apps.catalog.scripts.planning import Plan

MOST_NAMED = 10


def notices(plan: Plan) -> list[str]:
    """Sentences without their full stop, in the order of their weight."""
    said = [plan.not_retired, plan.unspeakable, *plan.stumbles, *_without_text(plan)]
    if plan.left_out:
        said.append(f"Also in the file, not asked for: {', '.join(plan.left_out)}")
    if plan.ignored_columns:
        said.append(f"Columns without a meaning here: {', '.join(plan.ignored_columns)}")
    if plan.restored:
        said.append(f"Retired lines that come back: {plan.restored:,}")
    return [sentence for sentence in said if sentence]


def _without_text(plan: Plan) -> list[str]:
    return [
        f"Rows without a text in {language}: {len(keys):,} ({_named(keys)})"
        for language, keys in plan.without_text.items()
    ]


def _named(keys: list[str]) -> str:
    return ", ".join(keys[:MOST_NAMED]) + (", …" if len(keys) > MOST_NAMED else "")
