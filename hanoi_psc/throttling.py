"""The limits of the API's routes."""

from rest_framework.throttling import BaseThrottle

from hanoi_psc import limits  # the module: it is still being read when Django REST framework reads this one


class ScopeThrottle(BaseThrottle):
    """The counts of hanoi_psc.limits for a view of the API: its route's own scope, else its `throttle_scope`."""

    def allow_request(self, request, view) -> bool:
        scope = limits.scope_of(request._request) or getattr(view, "throttle_scope", "")
        self.seconds = limits.wait(request, scope, request.user)
        return not self.seconds

    def wait(self) -> int:
        return self.seconds
