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
    Desk,
    desk_of,
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
    desk = desk_of(request, series_pk)
    line = line_of(desk, pk)
    act = request.POST.get("act", "")
    desk.require("generate" if act == "regenerate" else "edit")
    form = form_of(desk, line, request.POST)
    if not form.is_valid():
        return show_line(desk, line, form=form, status=422)
    try:
        if act not in ACTS:
            raise DomainError("There is no such act. Nothing was changed.")
        return ACTS[act](desk, line, form)
    except LineChanged:
        return newer(desk, pk)
    except Invalid as error:
        form.take_errors(error)
    except DomainError as error:
        form.add_error(None, str(error))
    return show_line(desk, line_of(desk, pk), form=form, status=422)


def save_text(desk: Desk, line: Line, form: PatchForm) -> HttpResponse:
    text = form.cleaned_data["text"]
    same = text == line.text
    edit_line(seen(line, form), by=desk.person, text=text)
    said = "The text is the same as before." if same else "The text is saved."
    return kept(desk, line, said)


def regenerate(desk: Desk, line: Line, form: PatchForm) -> HttpResponse:
    data, voice = form.cleaned_data, form.cleaned_data["voice"]
    if voice is None:
        raise Invalid({"voice": "Choose who is to speak it."})
    changed = data["text"] if data["text"] != line.text else None
    # Whoever may not edit sends the text that they were shown, which may be an older one.
    if changed is not None and data["version"] == line.version:
        desk.require("edit")
    regeneration.regenerate(
        seen(line, form),
        voice,
        text=changed,
        settings=form.settings(),
        model=data["model"],
        by=desk.person,
    )
    first = "" if changed is None else "The text is saved. "
    return kept(desk, line, f"{first}The preview is being made.")


def kept(desk: Desk, line: Line, said: str) -> HttpResponse:
    """The act is done; the form keeps the manner that was chosen, for the next try."""
    fresh = line_of(desk, line.pk)
    return done(desk, fresh, said, form_of(desk, fresh, posted(desk, version=fresh.version)))


def posted(desk: Desk, **changed: object) -> QueryDict:
    """What was sent, with some of it changed."""
    data = desk.request.POST.copy()
    for name, value in changed.items():
        data[name] = str(value)
    return data


ACTS: dict[str, Callable[[Desk, Line, PatchForm], HttpResponse]] = {
    "text": save_text,
    "regenerate": regenerate,
}


def seen(line: Line, form: PatchForm) -> Line:
    """The line as the person saw it: what came after is refused, not written over."""
    line.version = form.cleaned_data["version"]
    return line


def newer(desk: Desk, pk: int) -> HttpResponse:
    """Somebody was quicker: their text is shown beside the person's own, which is kept."""
    line = line_of(desk, pk)
    if desk.may["edit"]:
        form = form_of(desk, line, posted(desk, version=line.version))
        form.add_error("text", f"{NEWER} “{line.text}”")
    else:
        form = form_of(desk, line, posted(desk, version=line.version, text=line.text))
        form.add_error("text", "The text was changed meanwhile; this is the new one.")
    return show_line(desk, line, form=form, status=409)


@require_POST
def save(request: HttpRequest, series_pk: int, pk: int) -> HttpResponse:
    """Make a preview (`take`) the next draft of the line."""
    desk = desk_of(request, series_pk)
    line = line_of(desk, pk)
    desk.require("review")
    try:
        draft = saving.save_draft(preview(desk, line), by=desk.person)
    except (DomainError, StorageError) as error:
        return show_line(desk, line, problem=f"Not saved. {error}", status=409)
    return done(desk, line, f"Saved as {draft.name}.")


def preview(desk: Desk, line: Line) -> Take:
    """The take that the form names, else the newest that can be heard. Raises Missing."""
    named = number(desk.request.POST.get("take"))
    ready = row_of(desk, line).ready
    take = line.takes.filter(pk=named).first() if named else ready
    if take is None:
        raise Missing("There is no such preview; after 24 hours they are gone.")
    return take


# --- Several lines at once ------------------------------------------------------------------


def act_on_many(desk: Desk) -> HttpResponse:
    """Do the act that is named with the lines that are chosen, and come back."""
    post = desk.request.POST
    pks = {number(one) for one in post.getlist(ACTION_CHECKBOX_NAME)}
    try:
        if len(pks) > MOST_CHOSEN:
            raise DomainError(f"Choose {MOST_CHOSEN} lines at most. Nothing was done.")
        if not (chosen := lines_of(desk, pks)):
            raise DomainError("No line was chosen. Nothing was done.")
        if (act := MANY.get(post.get("action", ""))) is None:
            raise DomainError("Choose what to do with these lines. Nothing was done.")
        return act(desk, chosen)
    except DomainError as refusal:
        messages.error(desk.request, str(refusal))
    return back(desk)


def regenerate_many(desk: Desk, lines: list[Line]) -> HttpResponse:
    desk.require("generate")
    number_made = len(regeneration.regenerate_many(lines, by=desk.person))
    said = ngettext("%d preview is being made.", "%d previews are being made.", number_made)
    messages.success(desk.request, said % number_made)
    return back(desk)


def save_many(desk: Desk, lines: list[Line]) -> HttpResponse:
    """The newest preview of each line that has one; up to the first that cannot be saved."""
    desk.require("review")
    previews = previews_of([line.pk for line in lines], desk.person)
    ready = [take for takes in previews.values() if (take := newest_heard(takes))]
    if not ready:
        raise DomainError("None of these lines has a preview to save. Regenerate them first.")
    saved = []
    try:
        for take in ready:
            saved.append(saving.save_draft(take, by=desk.person))
    except (DomainError, StorageError) as refusal:
        kept = "The other previews are still there."
        messages.error(desk.request, f"{drafts_saved(len(saved))} {refusal} {kept}")
        return back(desk)
    without = len(lines) - len(saved)
    rest = f" {without} had no preview." if without else ""
    messages.success(desk.request, drafts_saved(len(saved)) + rest)
    return back(desk)


def drafts_saved(number: int) -> str:
    return ngettext("%d draft is saved.", "%d drafts are saved.", number) % number


def invite_many(desk: Desk, lines: list[Line]) -> HttpResponse:
    """On to a review link for whatever is shown of these lines."""
    desk.require("review")
    shown = Draft.objects.shown().filter(line__in=lines).defer("peaks")
    if not (drafts := list(shown.select_related("line__language", "series"))):
        raise DomainError("None of these lines has a draft. Save one first.")
    return staff.ask_about(desk.request, drafts)


MANY: dict[str, Callable[[Desk, list[Line]], HttpResponse]] = {
    "regenerate": regenerate_many,
    "save": save_many,
    "link": invite_many,
}


def back(desk: Desk) -> HttpResponse:
    return redirect(reverse("admin:review_clips", args=[desk.series.pk]) + desk.query)
