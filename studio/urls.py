"""Addresses of the studio: where admins look after versions against live work."""

from django.contrib import admin
from django.urls import include, path

from studio.views import drawing, front, quality

app_name = "studio"


def of(view):
    """The view behind the admin's own door: login, staff only, never cached."""
    return admin.site.admin_view(view)


urlpatterns = [
    path("", of(front.home), name="home"),
    path("so-do/<int:version_id>/", of(drawing.drawing), name="drawing"),
    path("noi-cho/<int:procedure_id>/", of(drawing.heat), name="heat"),
    path("chat-luong/", of(quality.table), name="quality"),
    path("chat-luong.csv", of(quality.as_csv), name="quality_csv"),
    path("", include("studio.try_urls")),
    path("", include("studio.life_urls")),
]
