"""Allauth's pages under Vietnamese addresses, by allauth's own names, and the profile page."""

from allauth.account import views as allauth
from allauth.socialaccount import views as allauth_social
from django.urls import include, path, re_path

from accounts import record, views, vneid

profile = (
    [
        path("ho-so-ca-nhan/", views.profile, name="profile"),
        path("du-lieu-cua-toi/", record.my_data, name="my_data"),
        path("du-lieu-cua-toi/tai-ve/", record.download, name="download_my_data"),
        path("ho-so-ca-nhan/vneid/", views.connect_vneid, name="connect_vneid"),
    ],
    "accounts",
)

urlpatterns = [
    path("", include(profile)),
    path("", include("accounts.factor_urls")),
    path("dang-nhap/", allauth.login, name="account_login"),
    path("dang-nhap/ma/", allauth.request_login_code, name="account_request_login_code"),
    path("dang-nhap/ma/nhap/", allauth.confirm_login_code, name="account_confirm_login_code"),
    path("dang-nhap/huy/", allauth_social.login_cancelled, name="socialaccount_login_cancelled"),
    path("dang-nhap/<slug:provider_id>/", vneid.login, name="openid_connect_login"),
    path("dang-nhap/<slug:provider_id>/tro-lai/", vneid.callback, name="openid_connect_callback"),
    path("dang-xuat/", allauth.logout, name="account_logout"),
    path("dang-ky/", allauth.signup, name="account_signup"),
    path("bi-khoa/", allauth.account_inactive, name="account_inactive"),
    path("xac-nhan/", allauth.reauthenticate, name="account_reauthenticate"),
    path("dien-thoai/", allauth.change_phone, name="account_change_phone"),
    path("dien-thoai/xac-minh/", allauth.verify_phone, name="account_verify_phone"),
    path("thu-dien-tu/", allauth.email, name="account_email"),
    path("xac-minh-thu/", allauth.email_verification_sent, name="account_email_verification_sent"),
    path("mat-khau/", allauth.password_change, name="account_change_password"),
    path("mat-khau/dat/", allauth.password_set, name="account_set_password"),
    path("quen-mat-khau/", allauth.password_reset, name="account_reset_password"),
    path("quen-mat-khau/da-gui/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^quen-mat-khau/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("quen-mat-khau/xong/", allauth.password_reset_from_key_done, name="account_reset_password_from_key_done"),
]
