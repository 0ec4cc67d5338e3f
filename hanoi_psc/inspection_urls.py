"""The inspector's pages, under /can-bo/thanh-tra/."""

from django.urls import path

from hanoi_psc import inspection

app_name = "inspection"
urlpatterns = [
    path("", inspection.search, name="search"),
    path("xuat/", inspection.export, name="export"),
    path("kiem-tra/", inspection.proof, name="proof"),
    path("kiem-tra/yeu-cau/", inspection.check, name="check"),
]
