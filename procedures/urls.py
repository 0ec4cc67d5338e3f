from django.urls import path

from procedures import views

app_name = "procedures"
urlpatterns = [
    path("", views.index, name="list"),
    path("quoc-gia/<str:code>/", views.national_detail, name="national"),
    path("<str:code>/", views.detail, name="detail"),
]
