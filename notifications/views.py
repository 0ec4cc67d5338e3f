"""The inbox of whoever is logged in. Works without JavaScript."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from notifications import services
from notifications.selectors import inbox_page, unread_count


@login_required
@require_GET
def inbox(request):
    key = request.GET.get("truoc", "")
    before = int(key) if _is_key(key) else None
    page, following = inbox_page(request.user, before=before)
    context = {
        "page": page,
        "unread": unread_count(request.user),
        "newest": request.path if before else "",
        "older": f"?truoc={following}" if following else "",
    }
    return render(request, "notifications/inbox.html", context)


@login_required
@require_POST
def read(request, message_id):
    """Mark one message as read, then go where it leads, or back to the list."""
    services.mark_read(user=request.user, message_id=message_id)
    link = request.POST.get("next", "")
    local = link.startswith("/") and url_has_allowed_host_and_scheme(link, allowed_hosts=None)
    return redirect(link if local else "notifications:inbox")


@login_required
@require_POST
def read_all(request):
    services.mark_read(user=request.user)
    return redirect("notifications:inbox")


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
