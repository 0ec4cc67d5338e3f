"""Every address of the portal. Screens speak Vietnamese in their addresses too."""

from django.contrib import admin
from django.urls import include, path

from hanoi_psc.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("phuong-xa/", include("places.urls")),
    path("tai-khoan/", include("accounts.urls")),
]
