"""Addresses of a reviewer's page, below /review/<token>/."""

from django.urls import path

from apps.review.links.views import answers, page

urlpatterns = [
    path("", page.page, name="review"),
    path("summary/", page.summary, name="review_summary"),
    path("audio/<int:pk>/", page.audio, name="review_audio"),
    path("live/<int:pk>/", page.live, name="review_live"),
    path("live/<int:pk>/peaks/", page.live_peaks, name="review_live_peaks"),
    path("peaks/<int:pk>/", page.peaks, name="review_peaks"),
    *(path(f"{name}/", view, name=f"review_{name}") for name, view in answers.POSTS.items()),
]
