"""The front of the studio: what is being worked on, what waits for whom."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from studio.views.frame import lookers, page


@require_safe
@lookers
def home(request: HttpRequest) -> HttpResponse:
    return page(request, "home.html", _("Thiết kế thủ tục"))
