"""The page of a person's sessions: which devices are logged in, and ending one or all others."""

from allauth.usersessions.internal import flows
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.sessions import described


class Sessions(ListUserSessionsView):
    template_name = "usersessions/usersession_list.html"

    def get_context_data(self, **kwargs) -> dict:
        context = super().get_context_data(**kwargs)
        rows = [(session, described(session.user_agent), session.is_current()) for session in context["sessions"]]
        return context | {"rows": sorted(rows, key=lambda row: (not row[2], row[0].last_seen_at))}

    def post(self, request, *args, **kwargs):
        """`end` names one session of this person; without it, all but the present one end."""
        one = request.POST.get("end", "")
        if not one:
            return super().post(request, *args, **kwargs)
        found = (
            UserSession.objects.filter(user=request.user, pk=one).first() if one.isdecimal() and len(one) < 19 else None
        )
        if found:
            flows.sessions.end_sessions(request, [found])
            messages.success(request, _("Đã kết thúc phiên đăng nhập đó."))
        return redirect("usersessions_list")
