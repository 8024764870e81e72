"""What all addresses of the ranking board share: who asks about what, JSON in, JSON out.

What somebody may not see is a 404, what they may see but not do a 403. Errors are in the frame
of the API; an act that is refused also says what is true now.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST, require_safe
from pydantic import BaseModel, ConfigDict, ValidationError

from apps.accounts.models import User
from apps.core import answers
from apps.core.access import may, visible_to
from apps.core.errors import DomainError, Forbidden, Invalid, Missing, Unavailable
from apps.core.problems import problems_by_field
from apps.storage.errors import StorageError
from apps.takes.models import Batch
from apps.takes.ranking.cascade import Stale
from apps.takes.ranking.views.documents import BoardContext, board_document, line_document, view_of

SAYS_WHAT_IS_TRUE = (409, 423, 503)


class Body(BaseModel):
    """What every act is told: whether the person listens blind."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    blind: bool = False


B = TypeVar("B", bound=Body)
View = Callable[..., JsonResponse]


def reading(view: Callable[..., dict[str, Any]]) -> View:
    """A page's GET of a JSON document: `view(context, request, …)` returns it."""

    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, batch_id: str, **named: Any) -> JsonResponse:
        try:
            context = context_of(request, batch_id)
            context.blind = request.GET.get("blind") == "1"
            return answers.answer(view(context, request, **named))
        except DomainError as error:
            return refuse(error)

    return answer


def acting(
    permission: str, body_type: type[B]
) -> Callable[[Callable[[BoardContext, B], JsonResponse]], View]:
    """A POST of JSON by somebody with the permission: `view(context, body)` does it and answers.

    Refused acts are answered with the batch as it is now, and with `context.line` when it is set.
    """

    def wrap(view: Callable[[BoardContext, B], JsonResponse]) -> View:
        @require_POST
        @wraps(view)
        def answer(request: HttpRequest, batch_id: str) -> JsonResponse:
            try:
                context = context_of(request, batch_id, permission)
                body = body_of(request, body_type)
            except DomainError as error:
                return refuse(error)
            context.blind = body.blind
            return attempt(lambda: view(context, body), context)

        return answer

    return wrap


def attempt(act: Callable[[], JsonResponse], context: BoardContext) -> JsonResponse:
    try:
        return act()
    except DomainError as error:
        return refuse(error, context)
    except StorageError as error:
        return refuse(Unavailable(f"{error} What the database holds was kept."), context)


def context_of(request: HttpRequest, batch_id: str, permission: str = "view") -> BoardContext:
    """The person before the batch. Raises Missing and Forbidden."""
    batches = Batch.objects.select_related("series", "voice", "run")
    visible = visible_to(request.user, batches, "series")
    batch = None if "\0" in batch_id else visible.filter(batch_id=batch_id).first()
    if batch is None or not isinstance(request.user, User):
        raise Missing("There is no such batch, or it is not yours to see.")
    if permission != "view" and not may(request.user, permission, batch.series):
        raise Forbidden(f"You may not {permission} takes of {batch.series}.")
    return BoardContext(batch, request.user)


def body_of(request: HttpRequest, body_type: type[B]) -> B:
    """The request's JSON. Raises Invalid for anything else, and for wrong types."""
    try:
        return body_type.model_validate_json(request.body)
    except RequestDataTooBig as error:
        raise Invalid({"body": "The request is too large; nothing was done."}) from error
    except ValidationError as error:
        located = [{**one, "loc": ("body", "body", *one["loc"])} for one in error.errors()]
        raise Invalid(problems_by_field(located)) from error


def number_in(request: HttpRequest, name: str, otherwise: int, most: int = 10**18) -> int:
    """A number from 0 on in the address, `most` at most. Raises Invalid for any other text."""
    text = request.GET.get(name, "")
    if not text:
        return otherwise
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise Invalid({name: "A number is needed."})
    return min(int(text), most)


def refuse(error: DomainError, context: BoardContext | None = None) -> JsonResponse:
    """The error in words for the person; with a context, also what is true now."""
    shown = truth(context) if context and error.status in SAYS_WHAT_IS_TRUE else {}
    # What is stale names files, which who listens blind may not see; `shown` says it otherwise.
    details = {} if isinstance(error, Stale) else error.details
    return answers.refusal(error.status, error.words, **details, **shown)


def truth(context: BoardContext) -> dict[str, Any]:
    """The batch as it is now, with the line that the act was about."""
    context.batch.refresh_from_db(fields=["locked_at"])
    line = {"line": line_document(view_of(context, context.line))} if context.line else {}
    return {**line, "board": board_document(context)}
