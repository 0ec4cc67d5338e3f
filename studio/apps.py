from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StudioConfig(AppConfig):
    name = "studio"
    verbose_name = _("Thiết kế thủ tục")

    def ready(self):
        from procedures import upstairs
        from studio import trying

        upstairs.counters.append(trying.standing_on)
        upstairs.clearers.append(trying.discard_of)
