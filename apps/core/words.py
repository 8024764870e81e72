"""Numbers in English sentences."""


def counted(number: int, noun: str) -> str:
    """`1 draft`, `2,300 drafts`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
