"""Asks for confirmation before many drafts are rejected, hidden or purged."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from apps.core.english import counted
from apps.core.undocumented import CHOSEN_ROWS
from apps.review.models import Draft


@dataclass(frozen=True, slots=True)
class Question:
    """The question of one act: `act` as the list names it, its verb, and what follows from it."""

    act: str
    verb: str
    text: str


REJECT = Question("reject", "Reject", "Partners are not asked about them. They can be restored.")
HIDE = Question("hide", "Delete", "Partners do not see them. They can be restored.")
PURGE = Question(
    "purge", "Purge", "Their files are deleted for good. Their numbers are not given again."
)


def is_sure(request: HttpRequest, drafts: Sequence[Draft]) -> bool:
    """Whether the person confirmed this number of drafts; the number may have changed meanwhile."""
    return request.POST.get("sure") == str(len(drafts))


def ask(request: HttpRequest, drafts: Sequence[Draft], question: Question) -> HttpResponse:
    """The page with the question; its form posts the same act again."""
    number = counted(len(drafts), "draft")
    lines = counted(len({draft.line_id for draft in drafts}), "line")
    context = {
        **admin.site.each_context(request),
        "title": f"{question.verb} drafts",
        "drafts": drafts,
        "question": f"{question.verb} {number} of {lines}?",
        "text": question.text,
        "submit": f"{question.verb} {number}",
        "fields": _fields(request, drafts, question),
        "back": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/review/draft_ask.html", context)


def _fields(
    request: HttpRequest, drafts: Sequence[Draft], question: Question
) -> list[tuple[str, object]]:
    """The hidden fields of the form; a filter stands for its drafts, which may be thousands."""
    across = request.POST.get("select_across", "0")
    named = drafts[:1] if across == "1" else drafts
    chosen: list[tuple[str, object]] = [(CHOSEN_ROWS, draft.pk) for draft in named]
    fields = {"action": question.act, "select_across": across, "index": "0", "sure": len(drafts)}
    return [*chosen, *fields.items()]
