"""Looks answers up in templates."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def answers_to(answers: Mapping[int, Any], draft_pk: int) -> Any:
    """The verdicts and comments on one draft."""
    return answers[draft_pk]
