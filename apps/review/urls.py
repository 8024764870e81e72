"""Addresses of a reviewer's page, below /review/<token>/."""

from django.urls import path

from apps.review.views import answers, public

urlpatterns = [
    path("", public.page, name="review"),
    path("summary/", public.summary, name="review_summary"),
    path("audio/<int:pk>/", public.audio, name="review_audio"),
    path("live/<int:pk>/", public.live, name="review_live"),
    path("live/<int:pk>/peaks/", public.live_peaks, name="review_live_peaks"),
    path("peaks/<int:pk>/", public.peaks, name="review_peaks"),
    *(path(f"{name}/", view, name=f"review_{name}") for name, view in answers.POSTS.items()),
]
