"""Second factor and sessions under Vietnamese addresses, by allauth's own names. What changes a factor is confirmed."""

from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import include, path

from accounts import mfa
from accounts.second_factor import confirmed
from accounts.session_pages import Sessions

factor = [
    path("", base.index, name="mfa_index"),
    path("dang-nhap/", mfa.Authenticate.as_view(), name="mfa_authenticate"),
    path("xac-nhan/", mfa.Reauthenticate.as_view(), name="mfa_reauthenticate"),
    path("ung-dung/", confirmed(mfa.ActivateTOTP.as_view()), name="mfa_activate_totp"),
    path("ung-dung/bo/", confirmed(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("ma-khoi-phuc/", confirmed(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("ma-khoi-phuc/tao-moi/", confirmed(recovery.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("ma-khoi-phuc/tai-ve/", confirmed(recovery.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("khoa/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("khoa/them/", confirmed(mfa.AddKey.as_view()), name="mfa_add_webauthn"),
    path("khoa/xac-nhan/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("khoa/dang-nhap/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("khoa/<int:pk>/bo/", confirmed(mfa.RemoveKey.as_view()), name="mfa_remove_webauthn"),
    path("khoa/<int:pk>/ten/", confirmed(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
]
urlpatterns = [
    path("xac-minh-hai-lop/", include(factor)),
    path("phien-dang-nhap/", Sessions.as_view(), name="usersessions_list"),
]
