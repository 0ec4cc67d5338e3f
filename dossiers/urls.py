"""What a citizen does, and what anyone may look up. Fixed words come before codes."""

from django.urls import path

from dossiers.views import answering, calculator, citizen, claiming, drafting, files, public

app_name = "dossiers"
urlpatterns = [
    path("ho-so/", citizen.mine, name="mine"),
    path("ho-so/bat-dau/<str:code>/", drafting.start, name="start"),
    path("ho-so/nhap/<int:pk>/", drafting.tasks, name="draft"),
    path("ho-so/nhap/<int:pk>/giay-to/", drafting.documents, name="documents"),
    path("ho-so/nhap/<int:pk>/noi-nhan/", drafting.delivery, name="delivery"),
    path("ho-so/nhap/<int:pk>/xem-lai/", drafting.review, name="review"),
    path("ho-so/nhap/<int:pk>/da-doc/", drafting.news_read, name="news_read"),
    path("ho-so/nhap/<int:pk>/xoa/", drafting.discard, name="discard"),
    path("ho-so/nhap/<int:pk>/<slug:key>/", drafting.section, name="section"),
    path("ho-so/nhap/<int:pk>/<slug:key>/cau-hoi/", drafting.questions, name="questions"),
    path("ho-so/nhan/", claiming.claim_dossier, name="claim"),
    path("ho-so/<str:code>/", citizen.detail, name="detail"),
    path("ho-so/<str:code>/da-nop/", citizen.submitted, name="submitted"),
    path("ho-so/<str:code>/lam/<slug:name>/", answering.act, name="act"),
    path("ho-so/<str:code>/lam/<slug:name>/cau-hoi/", answering.questions, name="act_questions"),
    path("thu-tuc/<str:code>/tinh-phi/", calculator.calculator, name="calculator"),
    path("tra-cuu/", public.lookup, name="lookup"),
    path("tep/<int:pk>/", files.file, name="file"),
    path("tep/<int:pk>/anh/", files.picture, name="file_picture"),
    path("tep/<int:pk>/tai/", files.save, name="file_save"),
    path("tep/<int:pk>/tai/<str:token>/", files.saved, name="file_saved"),
    path("tep/<int:pk>/xem/<str:token>/", files.look, name="file_look"),
    path("tep/<int:pk>/xem/<str:token>/<int:number>.jpg", files.page, name="file_page"),
]
