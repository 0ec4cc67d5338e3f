from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DossiersConfig(AppConfig):
    name = "dossiers"
    verbose_name = _("Hồ sơ")

    def ready(self):
        from dossiers import firing, leaving, merging, personal_data, sealed, spreading
        from dossiers.loading import load_thresholds
        from keys import rotation
        from procedures.loading import extra_loaders

        firing.register()
        leaving.register()
        spreading.register()
        extra_loaders.append(load_thresholds)
        merging.register()
        personal_data.register_own()
        rotation.register("stored files", sealed.reseal)
