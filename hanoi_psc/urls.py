"""Every address of the portal. Screens speak Vietnamese in their addresses too."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from hanoi_psc import views
from hanoi_psc.health import alive, healthz

handler400 = "hanoi_psc.errors.bad_request"
handler403 = "hanoi_psc.errors.permission_denied"
handler404 = "hanoi_psc.errors.not_found"
handler429 = "hanoi_psc.errors.too_many_requests"  # allauth looks for it here
handler500 = "hanoi_psc.errors.server_error"

# Staff log in by the one door whose tries are limited.
admin.site.site_title = admin.site.site_header = _("Quản trị Dịch vụ công Hà Nội")
admin.site.index_title = _("Cấu hình và dữ liệu")
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("", views.home, name="home"),
    path("hien-thi/", views.display, name="display"),
    path("ngon-ngu/", views.set_language, name="set_language"),
    path("tro-nang/", views.accessibility, name="accessibility"),
    path("healthz", healthz, name="healthz"),
    path("alive", alive, name="alive"),
    path("api/", include("hanoi_psc.api")),
    path("admin/", admin.site.urls),
    path("phuong-xa/", include("places.urls")),
    path("thu-tuc/", include("procedures.urls")),
    path("tai-khoan/", include("accounts.urls")),
    path("thong-bao/", include("notifications.urls")),
    path("thiet-ke/", include("studio.urls")),
    path("can-bo/thanh-tra/", include("hanoi_psc.inspection_urls")),
    path("can-bo/", include("dossiers.desk_urls")),
    path("", include("dossiers.urls")),
]
