"""Addresses of trying a version and of its fee calculator, below the studio's own."""

from django.contrib import admin
from django.urls import path

from studio.views import calculator, trying


def of(view):
    return admin.site.admin_view(view)


urlpatterns = [
    path("thu/", of(trying.mine), name="tries"),
    path("thu/phien-ban/<int:version_id>/", of(trying.version), name="try"),
    path("thu/phien-ban/<int:version_id>/bat-dau/", of(trying.start), name="try_start"),
    path("thu/phien-ban/<int:version_id>/mau-sai/", of(trying.wrong), name="try_wrong"),
    path("thu/<int:pk>/", of(trying.walk), name="try_walk"),
    path("thu/<int:pk>/dien-mau/", of(trying.fill), name="try_fill"),
    path("thu/<int:pk>/nop/", of(trying.submit), name="try_submit"),
    path("thu/<int:pk>/lam/<slug:name>/", of(trying.act), name="try_act"),
    path("thu/<int:pk>/lam-lai/", of(trying.restart), name="try_restart"),
    path("thu/<int:pk>/xoa/", of(trying.discard), name="try_discard"),
    path("tinh-phi/<int:version_id>/", of(calculator.calculator), name="calculator"),
]
