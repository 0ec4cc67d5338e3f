"""Signing up, logging in, and the facts a person keeps about themselves."""

from allauth.account import forms as allauth_forms
from allauth.account.internal.userkit import filter_users_by_email
from allauth.core.exceptions import ImmediateHttpResponse
from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notifications.services import Recipient, send
from places.text import clean
from places.widgets import WardWidget
from worktime import now


def _text_input(**attrs) -> forms.TextInput:
    return forms.TextInput(attrs=attrs)


class LoginForm(allauth_forms.LoginForm):
    """E-mail, telephone or user name, with a password."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label = _("Số điện thoại hoặc thư điện tử")
        login.help_text = _("Cán bộ dùng tên đăng nhập được cấp.")
        login.max_length = 254
        login.widget = _text_input(autocomplete="username", autocapitalize="none", spellcheck="false", maxlength="254")
        password.label, password.help_text = _("Mật khẩu"), ""
        password.widget.attrs.pop("placeholder", None)
        if "remember" in self.fields:
            self.fields["remember"].label = _("Giữ đăng nhập trên máy này")


class SignupForm(allauth_forms.SignupForm):
    """A full name, a password, and a telephone number or an e-mail address or both."""

    full_name = forms.CharField(label=_("Họ và tên"), max_length=150, widget=_text_input(autocomplete="name"))
    field_order = ["full_name", "phone", "email", "password1", "password2"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["full_name"].help_text = _("Như trên căn cước của anh/chị.")
        self.fields["phone"].help_text = _("Dùng để đăng nhập. Có thể bỏ trống nếu đã có thư điện tử.")
        self.fields["email"].label = _("Thư điện tử")
        self.fields["email"].help_text = _("Để nhận tin về hồ sơ và lấy lại mật khẩu khi quên.")
        self.fields["password1"].label = _("Mật khẩu")
        self.fields["password1"].help_text = _(
            "Ít nhất 8 ký tự, không chỉ toàn chữ số. Bỏ trống nếu muốn đăng nhập bằng mã gửi đến máy mỗi lần."
        )
        self.fields["password2"].label = _("Nhập lại mật khẩu")
        for name in ("email", "password1", "password2"):
            self.fields[name].widget.attrs.pop("placeholder", None)

    def clean_full_name(self) -> str:
        return clean_name(self.cleaned_data["full_name"])

    def validate_unique_email(self, value: str) -> str:
        """An address that has an account goes the same way as any other: the letter to it tells, not the page."""
        self.account_already_exists = bool(filter_users_by_email(value))
        return value

    def clean(self) -> dict:
        data = super().clean()
        if not self.errors.keys() & {"email", "phone"} and not data.get("email") and not data.get("phone"):
            self.add_error("phone", _("Cần số điện thoại hoặc thư điện tử để đăng nhập sau này."))
        return data

    def try_save(self, request):
        """The account and its welcome are made together; of two presses at once, the second is led to log in."""
        try:
            if self.account_already_exists:  # the page that follows is the same, and so is the work behind it
                User().set_password(self.cleaned_data.get("password1") or None)
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError as error:
            messages.info(request, _("Tài khoản này vừa được tạo. Hãy đăng nhập."))
            raise ImmediateHttpResponse(redirect("account_login")) from error

    def custom_signup(self, request, user) -> None:
        user.full_name = self.cleaned_data["full_name"]
        user.language = request.LANGUAGE_CODE if request.LANGUAGE_CODE in dict(User.LANGUAGES) else "vi"
        user.save(update_fields=["full_name", "language"])
        to = Recipient(user_id=user.pk, name=str(user), language=user.language)
        send(template="account_welcome", to=to, context={})


# What VNeID says of a person, and nobody types over.
VERIFIED_FIELDS = ("full_name", "personal_number", "birth_date")


class ProfileForm(forms.ModelForm):
    """What forms are filled in with next time, so that nobody types it twice."""

    class Meta:
        model = User
        fields = ["full_name", "personal_number", "birth_date", "ward", "address_line", "language"]
        widgets = {
            "full_name": _text_input(autocomplete="name"),
            "personal_number": _text_input(inputmode="numeric", autocomplete="off"),
            "address_line": _text_input(autocomplete="street-address"),
        }
        help_texts = {
            "personal_number": _("12 chữ số trên thẻ căn cước."),
            "birth_date": _("Ngày/tháng/năm, ví dụ 31/12/1985."),
            "ward": _("Phường, xã theo tên mới từ ngày 01/7/2025."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["full_name"].required = True
        if self.instance.is_verified:
            for name in VERIFIED_FIELDS:
                self.fields[name].disabled = True  # what is sent for it is not read
                self.fields[name].help_text = _("Theo VNeID. Sửa ở cơ quan công an thì nơi đây đổi theo.")
        self.fields["birth_date"].widget = forms.DateInput(
            attrs={"inputmode": "numeric", "autocomplete": "bday", "placeholder": "31/12/1985"}
        )
        self.fields["ward"].widget = WardWidget(choices=self.fields["ward"].widget.choices)
        self.fields["ward"].queryset = self.fields["ward"].queryset.order_by("name")

    def clean_full_name(self) -> str:
        return clean_name(self.cleaned_data["full_name"])

    def clean_address_line(self) -> str:
        return clean(self.cleaned_data["address_line"])

    def clean_birth_date(self):
        day = self.cleaned_data["birth_date"]
        if day and not day.year >= 1900:
            raise forms.ValidationError(_("Ngày sinh phải từ năm 1900."))
        if day and day > now().date():
            raise forms.ValidationError(_("Ngày sinh không thể ở tương lai."))
        return day


def clean_name(text: str) -> str:
    """A person's name as it is stored, refused when nothing but invisible characters or signs is left of it."""
    name = clean(text)
    if not any(c.isalpha() for c in name):
        raise forms.ValidationError(_("Hãy ghi họ và tên bằng chữ."))
    return name
