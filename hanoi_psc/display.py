"""Large print and plain mode: a choice of the visitor's, kept in one cookie, drawn as classes on <html>."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

COOKIE = "hien-thi"
ONE_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Display:
    large: bool = False
    plain: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> "Display":
        wanted = request.COOKIES.get(COOKIE, "").split(".")
        return cls(large="lon" in wanted, plain="gon" in wanted)

    @property
    def css(self) -> str:
        return " ".join(name for name, on in (("large", self.large), ("plain", self.plain)) if on)

    def keep(self, response: HttpResponse, *, secure: bool) -> None:
        value = ".".join(name for name, on in (("lon", self.large), ("gon", self.plain)) if on)
        response.set_cookie(COOKIE, value, max_age=ONE_YEAR, samesite="Lax", secure=secure, httponly=True)
