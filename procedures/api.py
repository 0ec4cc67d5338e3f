"""The catalogue, for everybody: lists, and one procedure whole with its form as JSON Schema."""

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import generics, serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from branches.models import FieldOfLaw
from places.text import clean
from procedures import exchange_schema, history, national
from procedures.comparing import compare, in_words
from procedures.models import Procedure
from procedures.schema import form_schema
from procedures.search import find, listed
from procedures.spec import Spec
from procedures.versions import published_spec, read


class TimeLimitSerializer(serializers.Serializer):
    amount = serializers.IntegerField(source="time_amount")
    unit = serializers.ChoiceField(choices=["HOUR", "WORKING_DAY", "DAY"], source="time_unit")


class ProcedureListSerializer(serializers.ModelSerializer):
    field = serializers.CharField(source="field_of_law.name")
    time_limit = TimeLimitSerializer(source="published")
    unit_kind = serializers.CharField(source="published.unit_kind")
    any_branch = serializers.BooleanField(source="published.any_branch")

    class Meta:
        model = Procedure
        fields = [
            "code", "name", "short_name", "short_name_en", "summary", "field", "ministry", "audience", "unit_kind",
            "any_branch", "national_non_territorial", "time_limit",
        ]  # fmt: skip


class ConditionField(serializers.JSONField):
    """A condition over answers; an empty object is always true (see docs/catalogue.md)."""


class DocumentSerializer(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    full_name = serializers.CharField()
    required = serializers.BooleanField()
    condition = ConditionField()
    condition_text = serializers.CharField()
    originals = serializers.IntegerField()
    copies = serializers.IntegerField()
    assumed = serializers.BooleanField()


class FeeRowSerializer(serializers.Serializer):
    condition = ConditionField()
    amount = serializers.IntegerField(help_text="Whole VND.")


class ExemptionSerializer(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    condition = ConditionField()
    percent = serializers.IntegerField(help_text="Percent that is not paid.")
    ground = serializers.CharField()
    proof = serializers.CharField(help_text="The key of the document that shows it.")


class FeeSerializer(serializers.Serializer):
    """One fee: its first row that holds, else its formula, else its amount, times what it counts."""

    key = serializers.CharField()
    label = serializers.CharField()
    amount = serializers.IntegerField(help_text="Whole VND; counts only without rows and formula.")
    rows = FeeRowSerializer(many=True)
    formula = ConditionField(help_text="An expression over answers; empty where there is none.")
    minimum = serializers.IntegerField(allow_null=True, help_text="Whole VND.")
    maximum = serializers.IntegerField(allow_null=True, help_text="Whole VND.")
    per = serializers.CharField()
    count_field = serializers.CharField()
    channel = serializers.CharField()
    condition = ConditionField()
    exemptions = ExemptionSerializer(many=True)
    assumed = serializers.BooleanField()


class ItemSerializer(serializers.Serializer):
    key = serializers.CharField()
    kind = serializers.CharField()
    name = serializers.CharField()
    unit_kind = serializers.CharField()
    amount = serializers.IntegerField()
    unit = serializers.CharField()
    required = serializers.BooleanField()
    after = serializers.CharField()
    procedure = serializers.CharField(help_text="The national code of the linked procedure.")
    result = serializers.CharField(help_text="What a linked item gives the citizen.")


class StepSerializer(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    public_name = serializers.CharField()
    role = serializers.CharField()
    unit_kind = serializers.CharField(help_text="Empty where the dossier's own unit does it.")
    share = serializers.IntegerField(help_text="Percent of the whole time, where no fixed time is given.")
    amount = serializers.IntegerField(allow_null=True, help_text="A fixed time, in `unit`.")
    unit = serializers.CharField()
    produces = serializers.CharField()
    end = serializers.BooleanField()
    items = ItemSerializer(many=True)


class MoveSerializer(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField()
    source = serializers.CharField(help_text="The step it leaves; empty where the process begins.")
    target = serializers.CharField()
    role = serializers.CharField()
    condition = ConditionField()
    needs_reason = serializers.BooleanField()
    effects = serializers.ListField(child=serializers.CharField())
    primary = serializers.BooleanField()


class ProcessSerializer(serializers.Serializer):
    family = serializers.CharField()
    steps = StepSerializer(many=True)
    moves = MoveSerializer(many=True)


class ProcedureSerializer(serializers.Serializer):
    code = serializers.CharField()
    version = serializers.IntegerField(source="number")
    name = serializers.CharField()
    short_name = serializers.CharField()
    short_name_en = serializers.CharField()
    summary = serializers.CharField()
    field = serializers.CharField(source="field_of_law")
    ministry = serializers.CharField()
    audience = serializers.CharField()
    unit_kind = serializers.CharField()
    any_branch = serializers.BooleanField()
    immediate = serializers.BooleanField()
    time_limit = serializers.SerializerMethodField()
    result = serializers.CharField()
    legal_basis = serializers.CharField()
    channels = serializers.ListField(child=serializers.CharField())
    returns = serializers.ListField(child=serializers.CharField())
    routing_field = serializers.CharField()
    supplement_days = serializers.IntegerField()
    after_supplement = serializers.CharField()
    assumed = serializers.ListField(child=serializers.CharField())
    documents = DocumentSerializer(many=True)
    fees = FeeSerializer(many=True)
    process = serializers.SerializerMethodField()
    form = serializers.SerializerMethodField(help_text="JSON Schema 2020-12 of the answers.")

    @extend_schema_field(TimeLimitSerializer)
    def get_time_limit(self, spec: Spec) -> dict:
        return TimeLimitSerializer(spec).data

    @extend_schema_field(ProcessSerializer)
    def get_process(self, spec: Spec) -> dict:
        return ProcessSerializer(spec).data

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_form(self, spec: Spec) -> dict:
        return form_schema(spec.version_id)


@extend_schema_view(
    get=extend_schema(
        parameters=[
            OpenApiParameter("q", str, description="Words, accents and small slips forgiven; or a code."),
            OpenApiParameter("field", str, description="Field of law, by its name or key."),
        ]
    )
)
class ProcedureList(generics.ListAPIView):
    """Procedures that can be filed, the best match first."""

    permission_classes = [AllowAny]
    throttle_scope = "public"
    serializer_class = ProcedureListSerializer

    def get_queryset(self):
        query = self.request.query_params
        among = listed(field=self.field(query.get("field", "")))
        return find(query.get("q", ""), among)

    @staticmethod
    def field(asked: str) -> str:
        """The key of a field of law, given its key or its name."""
        asked = clean(asked)[:120]
        return FieldOfLaw.objects.filter(name=asked).values_list("slug", flat=True).first() or asked


def spec_or_404(code: str) -> Spec:
    spec = published_spec(code) if "\0" not in code else None
    if spec is None:
        raise Http404
    return spec


class ProcedureDetail(APIView):
    """One procedure whole: papers, fees, process, and the form as JSON Schema with an example on every field."""

    permission_classes = [AllowAny]
    throttle_scope = "public"

    @extend_schema(responses=ProcedureSerializer)
    def get(self, request, code: str):
        return Response(ProcedureSerializer(spec_or_404(code)).data)


class ChangeSerializer(serializers.Serializer):
    part = serializers.CharField(help_text="head, form, documents, fees, steps, items, moves, texts, …")
    key = serializers.CharField(help_text="The row's key; empty for the version itself.")
    what = serializers.CharField(help_text="added, removed, moved or changed.")
    sentence = serializers.CharField()
    attribute = serializers.CharField()
    old = serializers.CharField()
    new = serializers.CharField()


class TotalSerializer(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    old = serializers.IntegerField()
    new = serializers.IntegerField()
    difference = serializers.IntegerField()
    sentence = serializers.CharField(help_text="The gain or the loss in words; empty where they are equal.")


class ComparisonSerializer(serializers.Serializer):
    code = serializers.CharField()
    old_version = serializers.IntegerField()
    new_version = serializers.IntegerField()
    changes = ChangeSerializer(many=True)
    totals = TotalSerializer(many=True)
    gains = serializers.ListField(child=serializers.CharField(), help_text="What it comes to for a citizen.")
    words = serializers.CharField(help_text="All of it as lines of text.")


class ReleaseSerializer(serializers.Serializer):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    legal_ground = serializers.CharField()
    changes = serializers.CharField(help_text="Against the version before it, in words.")


class VersionSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["draft", "scheduled", "in_force", "ended"])
    starts_at = serializers.DateTimeField(allow_null=True, help_text="Of its newest release; null for a draft.")
    ends_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    legal_ground = serializers.CharField()
    changes = serializers.CharField()
    releases = ReleaseSerializer(many=True, help_text="A version brought back has more than one, the newest first.")


class VersionList(generics.ListAPIView):
    """The versions of a procedure that were ever released, the newest first; to its admins, drafts too."""

    token_scopes = {"GET": "design"}  # drafts are shown to those who may see them
    permission_classes = [AllowAny]
    throttle_scope = "public"
    serializer_class = VersionSerializer

    def get_queryset(self):
        found = history.versions_of(self.kwargs["code"], drafts=sees_drafts(self.request.user))
        if not found.exists():
            raise Http404
        return found

    def get_serializer(self, page=(), **kwargs):
        return super().get_serializer([history.told(version) for version in page], **kwargs)


def sees_drafts(user) -> bool:
    return user.has_perm("procedures.view_procedureversion")


class VersionCompare(APIView):
    """What version `b` does otherwise than version `a`: every difference in words, and what it asks less or more."""

    token_scopes = {"GET": "design"}  # drafts are shown to those who may see them
    permission_classes = [AllowAny]
    throttle_scope = "public"

    @extend_schema(responses=ComparisonSerializer)
    def get(self, request, code: str, a: int, b: int):
        among = history.versions_of(code, drafts=sees_drafts(request.user))
        pks = dict(among.values_list("number", "pk"))
        if not {a, b} <= set(pks):
            raise Http404
        comparison = compare(read(pks[a]), read(pks[b]))
        said = {"code": code, "old_version": a, "new_version": b, "words": in_words(comparison)}
        said |= {name: getattr(comparison, name) for name in ("changes", "totals", "gains")}
        return Response(ComparisonSerializer(said).data)


class NationalSerializer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    field = serializers.CharField()
    issuing_body = serializers.CharField()
    executing_bodies = serializers.SerializerMethodField()
    audience = serializers.CharField()
    kind = serializers.CharField(help_text="STANDARD, STANDARD_INTERNAL (between offices), SPECIFIC (one province's).")
    accepted_online = serializers.BooleanField(source="accepted", help_text="Whether it can be filed here.")

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_executing_bodies(self, entry) -> list[str]:
        return [body for body in entry.executing_bodies.split("; ") if body]


@extend_schema_view(
    get=extend_schema(
        parameters=[OpenApiParameter("q", str, description="Words, accents and small slips forgiven; or a code.")]
    )
)
class NationalList(generics.ListAPIView):
    """Every procedure of the national catalogue, the best match first, whether the city takes it online or not."""

    permission_classes = [AllowAny]
    throttle_scope = "public"
    serializer_class = NationalSerializer

    def get_queryset(self):
        return national.find(self.request.query_params.get("q", ""), national.entries())


class CatalogueSchema(APIView):
    """The JSON Schema of a procedure's file, as `export_catalogue` writes and `import_catalogue` reads it."""

    permission_classes = [AllowAny]
    throttle_scope = "public"

    @extend_schema(responses={200: {"type": "object", "additionalProperties": True}})
    def get(self, request):
        return Response(exchange_schema.schema())
