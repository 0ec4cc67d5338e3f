"""The API under /api/v1/: what the browser does, for other programs. Its document is at /api/schema/."""

from django.urls import path, re_path
from django.utils.translation import gettext as _
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from branches import api as branches
from dossiers import api as dossiers
from procedures import api as procedures

OPEN = {"permission_classes": [AllowAny], "authentication_classes": []}


class NothingHere(APIView):
    """An address that is no route still answers with a problem document."""

    permission_classes = [AllowAny]
    schema = None

    def dispatch(self, request, *args, **kwargs):
        self.headers = {}
        self.args, self.kwargs = args, kwargs
        request = self.initialize_request(request, *args, **kwargs)
        self.request = request
        response = self.handle_exception(NotFound(_("Không có đường dẫn API này.")))
        return self.finalize_response(request, response, *args, **kwargs)


urlpatterns = [
    path(
        "schema/", SpectacularAPIView.as_view(permission_classes=[AllowAny], authentication_classes=[]), name="schema"
    ),
    path("v1/procedures/", procedures.ProcedureList.as_view(), name="procedures"),
    path("v1/procedures/<str:code>/", procedures.ProcedureDetail.as_view(), name="procedure"),
    path("v1/procedures/<str:code>/versions/", procedures.VersionList.as_view(), name="versions"),
    path(
        "v1/procedures/<str:code>/versions/<int:a>/compare/<int:b>/",
        procedures.VersionCompare.as_view(),
        name="compare",
    ),
    path("v1/national-procedures/", procedures.NationalList.as_view(), name="national_procedures"),
    path("v1/catalogue-schema/", procedures.CatalogueSchema.as_view(), name="catalogue_schema"),
    path("v1/procedures/<str:code>/validate/", dossiers.ValidateView.as_view(), name="validate"),
    path("v1/branches/", branches.BranchList.as_view(), name="branches"),
    path("v1/wards/", branches.WardList.as_view(), name="wards"),
    path("v1/files/", dossiers.FilesView.as_view(), name="files"),
    path("v1/dossiers/", dossiers.DossiersView.as_view(), name="dossiers"),
    path("v1/dossiers/<str:code>/", dossiers.DossierView.as_view(), name="dossier"),
    path("v1/dossiers/<str:code>/actions/<str:name>/", dossiers.ActionView.as_view(), name="action"),
    path("v1/queue/", dossiers.QueueView.as_view(), name="queue"),
    path("v1/lookup/<str:code>/", dossiers.LookupView.as_view(), name="lookup"),
    re_path(r"^.*$", NothingHere.as_view()),
]
app_name = "api"
