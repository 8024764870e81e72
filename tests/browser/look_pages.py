"""Addresses that only the look tests serve: one page with every piece, what the pieces fetch, and
an admin as plain as Django has it.

Use it as ROOT_URLCONF; the product's own addresses are all there too.
"""

import io
import math
import wave
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import include, path, reverse

from apps.accounts.models import User
from apps.core.admin import ActsOnChosen
from apps.core.progress import progress_answer

HERE = Path(__file__).parent
RATE = 8000
SECONDS = 3.0
STATES = [
    "pending", "processing", "completed", "partial_success", "failed", "cancelled",
    "generating", "complete",
]  # fmt: skip
TEXTS = [
    "Press the green button when you hear the bell.",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung",
    "اضغط على الزر الأخضر عندما تسمع الجرس.",
    "Well done!",
]

# Everything Django's admin can show, whatever the product's own lists and forms leave out.
plain_admin = admin.AdminSite("plain")


class PlainUserAdmin(ActsOnChosen, UserAdmin):
    pass


plain_admin.register(User, PlainUserAdmin)

# What /look/progress.json answers; a test changes it to what it wants to see.
progress: dict[str, Any] = {}
row_states: dict[int, str] = {}


def reset() -> None:
    """Back to a run that is half done."""
    row_states.clear()
    row_states.update({1: "complete", 2: "complete", 3: "generating", 4: "failed"})
    progress.clear()
    progress.update(
        status="processing", total=618, complete=312, failed=4, pending=292, generating=10,
        cancelled=0, percent=51, elapsed_seconds=190, remaining_seconds=182, cost="0.12",
        cost_estimated="0.30", cost_characters=12345, message=None,
        rows=[], batches=[],
    )  # fmt: skip


reset()


def speechlike(number: int) -> np.ndarray:
    """Bursts of sound between -1 and 1 that look and move like a spoken line."""
    time = np.arange(int(RATE * SECONDS)) / RATE
    loud = np.clip(np.sin(2 * math.pi * (1.3 + number / 7) * time) + 0.2, 0, 1) ** 0.7
    tone = np.sin(2 * math.pi * 180 * time) * (0.6 + 0.4 * np.sin(2 * math.pi * 7 * time))
    return loud * tone * (0.5 + 0.4 / (1 + number))


def audio(request: HttpRequest, number: int) -> HttpResponse:
    """The recording as WAV, with the byte ranges that a browser needs to seek."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes((speechlike(number) * 32767).astype("<i2").tobytes())
    data = file.getvalue()
    start = int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
    response = HttpResponse(data[start:], content_type="audio/wav", status=206)
    response["Accept-Ranges"] = "bytes"
    response["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
    return response


def peaks(request: HttpRequest, number: int) -> JsonResponse:
    windows = (speechlike(number) * 127).astype(int).reshape(-1, RATE // 50)
    data = np.stack([windows.min(axis=1), windows.max(axis=1)], axis=1).ravel().tolist()
    return JsonResponse(
        {"version": 2, "channels": 1, "sample_rate": RATE, "samples_per_pixel": RATE // 50,
         "bits": 8, "length": len(windows), "data": data}
    )  # fmt: skip


def render_row(number: int) -> str:
    template = engines["django"].from_string((HERE / "row.html").read_text())
    context = {
        "id": number,
        "state": row_states[number],
        "text": TEXTS[number - 1],
        "src": reverse("look-audio", args=[number]),
        "peaks": reverse("look-peaks", args=[number]),
        "duration": SECONDS,
        "loudness": -14.0 - 4 * number,
        "label": f"line {number}, take 1",
    }
    return template.render(context)


def row(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(render_row(number))


def pieces(request: HttpRequest) -> HttpResponse:
    context = admin.site.each_context(request) | {
        "title": "Pieces",
        "progress": progress,
        "states": STATES,
        "findings": [
            ("ok", "−18.2 LUFS"),
            ("info", "1.2 s of silence"),
            ("warn", "peak −0.4 dBTP"),
            ("fail", "clipped"),
        ],
        "audio": [reverse("look-audio", args=[n]) for n in range(4)],
        "peaks": [reverse("look-peaks", args=[n]) for n in range(4)],
        "rows": [render_row(number) for number in row_states],
        "pairs": [
            ("same", "Press the "), ("old", "red "), ("new", "green "),
            ("same", "button when you hear the bell."), ("new", " Then wait."),
        ],
        "pairs_rtl": [("same", "اضغط على الزر "), ("old", "الأحمر"), ("new", "الأخضر")],
        "now": datetime(2026, 11, 20, 14, 3, 7, tzinfo=UTC),
    }  # fmt: skip
    template = engines["django"].from_string((HERE / "pieces.html").read_text())
    return HttpResponse(template.render(context, request))


def confirm(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.method} {request.GET.get('sent', '')}")


urlpatterns = [
    path("look/pieces/", pieces, name="look-pieces"),
    path("look/progress.json", lambda request: progress_answer(progress), name="look-progress"),
    path("look/row/<int:number>/", row, name="look-row"),
    path("look/audio/<int:number>.wav", audio, name="look-audio"),
    path("look/peaks/<int:number>.json", peaks, name="look-peaks"),
    path("look/confirm/", confirm, name="look-confirm"),
    path("look/admin/", plain_admin.urls),
    path("", include("voicecms.urls")),
]
