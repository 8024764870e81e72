"""What a person does in the clip table, to one line or to several."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.catalog.lines.services import LineChanged, edit_line
from apps.catalog.models import Line
from apps.core.errors import DomainError, Invalid, Missing
from apps.core.forms import number
from apps.review.clips.forms import PatchForm
from apps.review.clips.queries import newest_heard, previews_of
from apps.review.clips.services import regeneration
from apps.review.clips.views.access import (
    ClipTableContext,
    context_of,
    done,
    form_of,
    line_of,
    lines_of,
    row_of,
    show_line,
)
from apps.review.drafts import saving
from apps.review.links.views import staff
from apps.review.models import Draft
from apps.storage.errors import StorageError
from apps.takes.models import Take

MOST_CHOSEN = 500
NEWER = (
    "Somebody else changed the text meanwhile; yours is not saved yet. "
    "To replace theirs, save yours again. Theirs is:"
)


@require_POST
def patch(request: HttpRequest, series_pk: int, pk: int) -> HttpResponse:
    """Save the text (`act=text`), or save it and order a preview (`act=regenerate`)."""
    context = context_of(request, series_pk)
    line = line_of(context, pk)
    act = request.POST.get("act", "")
    context.require("generate" if act == "regenerate" else "edit")
    form = form_of(context, line, request.POST)
    if not form.is_valid():
        return show_line(context, line, form=form, status=422)
    try:
        if act not in ACTS:
            raise DomainError("There is no such act. Nothing was changed.")
        return ACTS[act](context, line, form)
    except LineChanged:
        return newer(context, pk)
    except Invalid as error:
        form.take_errors(error)
    except DomainError as error:
        form.add_error(None, str(error))
    return show_line(context, line_of(context, pk), form=form, status=422)


def save_text(context: ClipTableContext, line: Line, form: PatchForm) -> HttpResponse:
    text = form.cleaned_data["text"]
    same = line.says(text)
    edit_line(seen(line, form), by=context.person, text=text)
    said = "The text is the same as before." if same else "The text is saved."
    return kept(context, line, said)


def regenerate(context: ClipTableContext, line: Line, form: PatchForm) -> HttpResponse:
    data, voice = form.cleaned_data, form.cleaned_data["voice"]
    if voice is None:
        raise Invalid({"voice": "Choose who is to speak it."})
    changed = None if line.says(data["text"]) else data["text"]
    # Whoever may not edit sends the text that they were shown, which may be an older one.
    if changed is not None and data["version"] == line.version:
        context.require("edit")
    regeneration.regenerate(
        seen(line, form),
        voice,
        text=changed,
        settings=form.settings(),
        model=data["model"],
        by=context.person,
    )
    first = "" if changed is None else "The text is saved. "
    return kept(context, line, f"{first}The preview is being made.")


def kept(context: ClipTableContext, line: Line, said: str) -> HttpResponse:
    """The act is done; the form keeps the settings that were chosen, for the next try."""
    fresh = line_of(context, line.pk)
    return done(
        context, fresh, said, form_of(context, fresh, posted(context, version=fresh.version))
    )


def posted(context: ClipTableContext, **changed: object) -> QueryDict:
    """What was sent, with some of it changed."""
    data = context.request.POST.copy()
    for name, value in changed.items():
        data[name] = str(value)
    return data


ACTS: dict[str, Callable[[ClipTableContext, Line, PatchForm], HttpResponse]] = {
    "text": save_text,
    "regenerate": regenerate,
}


def seen(line: Line, form: PatchForm) -> Line:
    """The line as the person saw it: what came after is refused, not written over."""
    line.version = form.cleaned_data["version"]
    return line


def newer(context: ClipTableContext, pk: int) -> HttpResponse:
    """Somebody was quicker: their text is shown beside the person's own, which is kept."""
    line = line_of(context, pk)
    if context.may["edit"]:
        form = form_of(context, line, posted(context, version=line.version))
        form.add_error("text", f"{NEWER} “{line.text}”")
    else:
        form = form_of(context, line, posted(context, version=line.version, text=line.text))
        form.add_error("text", "The text was changed meanwhile; this is the new one.")
    return show_line(context, line, form=form, status=409)


@require_POST
def save(request: HttpRequest, series_pk: int, pk: int) -> HttpResponse:
    """Make a preview (`take`) the next draft of the line."""
    context = context_of(request, series_pk)
    line = line_of(context, pk)
    context.require("review")
    try:
        draft = saving.save_draft(preview(context, line), by=context.person)
    except (DomainError, StorageError) as error:
        return show_line(context, line, problem=f"Not saved. {error}", status=409)
    return done(context, line, f"Saved as {draft.name}.")


def preview(context: ClipTableContext, line: Line) -> Take:
    """The take that the form names, else the newest that can be heard. Raises Missing."""
    named = number(context.request.POST.get("take"))
    ready = row_of(context, line).ready
    take = Take.with_previews.filter(line=line, pk=named).first() if named else ready
    if take is None:
        raise Missing("There is no such preview; after 24 hours they are gone.")
    return take


# --- Several lines at once ------------------------------------------------------------------


def act_on_many(context: ClipTableContext) -> HttpResponse:
    """Do the act that is named with the lines that are chosen, and come back."""
    post = context.request.POST
    pks = {number(one) for one in post.getlist(ACTION_CHECKBOX_NAME)}
    try:
        if len(pks) > MOST_CHOSEN:
            raise DomainError(f"Choose {MOST_CHOSEN} lines at most. Nothing was done.")
        if not (chosen := lines_of(context, pks)):
            raise DomainError("No line was chosen. Nothing was done.")
        if (act := MANY.get(post.get("action", ""))) is None:
            raise DomainError("Choose what to do with these lines. Nothing was done.")
        return act(context, chosen)
    except DomainError as refusal:
        messages.error(context.request, str(refusal))
    return back(context)


def regenerate_many(context: ClipTableContext, lines: list[Line]) -> HttpResponse:
    context.require("generate")
    ordered, left_out = regeneration.regenerate_many(lines, by=context.person)
    said = ngettext("%d preview is being made.", "%d previews are being made.", len(ordered))
    messages.success(context.request, said % len(ordered))
    if left_out:
        messages.warning(context.request, f"{left_out}.")
    return back(context)


def save_many(context: ClipTableContext, lines: list[Line]) -> HttpResponse:
    """The newest preview of each line that has one; up to the first that cannot be saved."""
    context.require("review")
    previews = previews_of([line.pk for line in lines], context.person)
    ready = [take for takes in previews.values() if (take := newest_heard(takes))]
    if not ready:
        raise DomainError("None of these lines has a preview to save. Regenerate them first.")
    saved = []
    try:
        for take in ready:
            saved.append(saving.save_draft(take, by=context.person))
    except (DomainError, StorageError) as refusal:
        kept = "The other previews are still there."
        messages.error(context.request, f"{drafts_saved(len(saved))} {refusal} {kept}")
        return back(context)
    without = len(lines) - len(saved)
    rest = f" {without} had no preview." if without else ""
    messages.success(context.request, drafts_saved(len(saved)) + rest)
    return back(context)


def drafts_saved(number: int) -> str:
    return ngettext("%d draft is saved.", "%d drafts are saved.", number) % number


def invite_many(context: ClipTableContext, lines: list[Line]) -> HttpResponse:
    """On to a review link for whatever is shown of these lines."""
    context.require("review")
    shown = Draft.objects.shown().filter(line__in=lines)
    if not (drafts := list(shown.select_related("line__language", "series"))):
        raise DomainError("None of these lines has a draft. Save one first.")
    return staff.ask_about(context.request, drafts)


MANY: dict[str, Callable[[ClipTableContext, list[Line]], HttpResponse]] = {
    "regenerate": regenerate_many,
    "save": save_many,
    "link": invite_many,
}


def back(context: ClipTableContext) -> HttpResponse:
    return redirect(reverse("admin:review_clips", args=[context.series.pk]) + context.query)
