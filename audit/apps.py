from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("Nhật ký")

    def ready(self):
        from audit.people import reseal
        from keys import rotation

        rotation.register("audit.personkey", reseal)
