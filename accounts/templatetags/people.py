"""How facts about people are written on pages."""

from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.urls import reverse

from accounts.phone import show_phone

register = template.Library()
register.filter("phone_number", show_phone)


@register.simple_tag
def vneid_url(next_path: str | None = "") -> str:
    """Where "Đăng nhập bằng VNeID" leads; "" while no VNeID is configured."""
    if not settings.VNEID_URL:
        return ""
    url = reverse("openid_connect_login", args=["vneid"])
    return f"{url}?{urlencode({'next': next_path})}" if next_path else url
