"""The steps between a right password, or a new account, and being logged in."""

from allauth.account.app_settings import AppSettings
from allauth.account.internal.flows.phone_verification import PhoneVerificationStageProcess
from allauth.account.stages import EmailVerificationStage, PhoneVerificationStage
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import headed_redirect_response
from django.contrib import messages
from django.shortcuts import redirect

from accounts import waits


class PhoneAtSignup(PhoneVerificationStage):
    """A new account proves its number by a code. Where the number has an account, the page is the same."""

    def handle(self):
        login = self.login
        if not login.signup:
            return None, True
        phone = getattr(login.user, "phone_to_prove", "") if login.user else login.phone
        if not phone:
            return None, True
        _count_sending(self.request, phone)
        PhoneVerificationStageProcess.initiate(stage=self, phone=phone)
        return headed_redirect_response(self.urlname), True


class EmailAtSignup(EmailVerificationStage):
    """A new account without a telephone number proves its e-mail address by a code."""

    def handle(self):
        login = self.login
        user = login.user
        if not login.signup or login.phone or (user is not None and getattr(user, "phone_to_prove", "")):
            return None, True
        if not (login.email or (user and user.email)):
            return None, True
        _count_sending(self.request, login.email or user.email)
        login.email_verification = AppSettings.EmailVerificationMethod.MANDATORY
        return super().handle()


def _count_sending(request, name: str) -> None:
    try:
        waits.take(request, what="send", name=name, user=None)
    except waits.TooSoon as error:
        messages.warning(request, " ".join(error.messages))
        raise ImmediateHttpResponse(redirect("account_login")) from None
