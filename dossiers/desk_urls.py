"""The desk of clerks, officers, leaders, cashiers, branch heads and monitors, under /can-bo/."""

from django.urls import path

from dossiers.views import bulk, conduct, counter, emergency, revealing, staff

app_name = "desk"
urlpatterns = [
    path("", staff.queue_page, name="queue"),
    path("tim/", staff.search, name="search"),
    path("tong-quan/", staff.overview_page, name="overview"),
    path("ho-so/<str:code>/", staff.dossier_page, name="dossier"),
    path("ho-so/<str:code>/hien/", revealing.reveal, name="reveal"),
    path("ho-so/<str:code>/xem-nhanh/", staff.preview, name="preview"),
    path("ho-so/<str:code>/lam/<slug:name>/", staff.act, name="act"),
    path("ho-so/<str:code>/giay-to/<int:pk>/", staff.check, name="check"),
    path("ho-so/<str:code>/ket-qua/", staff.result, name="result"),
    path("hang-loat/tiep-nhan/", bulk.receive, name="bulk_receive"),
    path("hang-loat/giao-lai/", bulk.assign, name="bulk_assign"),
    path("hang-loat/hoan-tac/", bulk.undo, name="bulk_undo"),
    path("nguoi-than/", conduct.relatives, name="relatives"),
    path("nguoi-than/<int:pk>/ket-thuc/", conduct.end_relative, name="end_relative"),
    path("uy-quyen/", conduct.delegations, name="delegations"),
    path("uy-quyen/<int:pk>/thoi/", conduct.end_delegation, name="end_delegation"),
    path("khan-cap/", emergency.open_page, name="emergency"),
    path("thanh-tra/khan-cap/", emergency.emergencies, name="emergencies"),
    path("thanh-tra/khai-muon/", emergency.late_declarations, name="late"),
    path("tai-quay/", counter.search_page, name="counter"),
    path("tai-quay/mo/<str:code>/", counter.start, name="counter_start"),
    path("tai-quay/xong/<str:code>/", counter.done, name="counter_done"),
    path("tai-quay/<int:pk>/", counter.intake, name="counter_intake"),
    path("tai-quay/<int:pk>/xoa/", counter.discard, name="counter_discard"),
]
