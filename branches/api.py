"""Branches and wards, for everybody."""

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import generics, serializers
from rest_framework.permissions import AllowAny

from branches.models import Branch, ServicePoint
from places.models import Ward
from places.text import clean, fold


class ServicePointSerializer(serializers.ModelSerializer):
    class Meta:
        model = ServicePoint
        fields = ["code", "name", "ward", "address"]


class BranchSerializer(serializers.ModelSerializer):
    service_points = ServicePointSerializer(many=True)
    ward_name = serializers.CharField(source="ward.name")

    class Meta:
        model = Branch
        fields = [
            "code", "number", "name", "ward", "ward_name", "address", "phone", "opened_on", "is_active", "assumed",
            "service_points",
        ]  # fmt: skip


class WardSerializer(serializers.ModelSerializer):
    former_district = serializers.CharField(source="former_district.name")
    branch = serializers.CharField(
        source="branch_area.branch.code", allow_null=True, default=None, help_text="The branch of this ward, if any."
    )

    class Meta:
        model = Ward
        fields = ["code", "name", "kind", "latitude", "longitude", "former_district", "branch"]


class BranchList(generics.ListAPIView):
    """The Centre's branches with their service points."""

    permission_classes = [AllowAny]
    throttle_scope = "public"
    serializer_class = BranchSerializer
    queryset = Branch.objects.select_related("ward").prefetch_related("service_points").order_by("number")


@extend_schema_view(
    get=extend_schema(parameters=[OpenApiParameter("q", str, description="Part of the name, accents optional.")])
)
class WardList(generics.ListAPIView):
    """The 126 wards and communes since 1 July 2025, by name."""

    permission_classes = [AllowAny]
    throttle_scope = "public"
    serializer_class = WardSerializer

    def get_queryset(self):
        wards = Ward.objects.select_related("former_district", "branch_area__branch").order_by("name", "code")
        query = fold(clean(self.request.query_params.get("q", "")))[:100]
        return wards.filter(search__contains=query) if query else wards
