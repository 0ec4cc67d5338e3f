"""Addresses of the pages that change what is in force."""

from django.contrib import admin
from django.urls import path

from studio.views import life, moving


def of(view):
    return admin.site.admin_view(view)


urlpatterns = [
    path("thu-tuc/<int:procedure_id>/", of(life.timeline), name="timeline"),
    path("thu-tuc/<int:procedure_id>/so-sanh/", of(life.compare), name="compare"),
    path("thu-tuc/<int:procedure_id>/tam-dung/", of(life.suspend), name="suspend"),
    path("thu-tuc/<int:procedure_id>/ngung/", of(life.retire), name="retire"),
    path("phien-ban/<int:version_id>/de-nghi/", of(life.ask), name="request"),
    path("de-nghi/<int:request_id>/", of(life.decide), name="decide"),
    path("ban-hanh/<int:release_id>/huy/", of(life.cancel), name="cancel"),
    path("chuyen-ho-so/", of(moving.find), name="move_find"),
    path("chuyen-ho-so/<str:code>/", of(moving.move), name="move"),
]
