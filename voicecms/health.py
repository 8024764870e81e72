"""Answers load balancers and monitors whether the installation works."""

from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.core.answers import answer
from voicecms.programs import queue_answers


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when database and queue answer, else 503 with the name of the one that does not."""
    reached = {"database": _database_answers(), "queue": queue_answers()}
    words = {name: "reachable" if is_there else "unreachable" for name, is_there in reached.items()}
    return answer(words, 200 if all(reached.values()) else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True
