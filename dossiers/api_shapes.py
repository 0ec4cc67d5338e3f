"""What the API takes and gives about dossiers: shapes only, for reading input and for the OpenAPI document."""

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dossiers.models.dossier import Channel, Outcome, ReturnBy
from places.text import clean


class CleanText(serializers.CharField):
    """Text without what cannot be stored or seen: NFC, no NUL, no invisible characters."""

    def to_internal_value(self, data):
        if isinstance(data, str):
            data = clean(data)
        return super().to_internal_value(data)


class JsonObject(serializers.DictField):
    """An object; what stands inside is checked against the procedure's form."""


class ApplicantInput(serializers.Serializer):
    """Who applies; fills the form's `applicant_…` answers where they are not given."""

    name = CleanText(required=False, allow_blank=True)
    birth_date = CleanText(required=False, allow_blank=True)
    personal_number = CleanText(required=False, allow_blank=True)
    phone = CleanText(required=False, allow_blank=True)
    email = CleanText(required=False, allow_blank=True)
    ward = CleanText(required=False, allow_blank=True)
    address = CleanText(required=False, allow_blank=True)


class FileLists(serializers.DictField):
    child = serializers.ListField(child=serializers.UUIDField(), max_length=settings.FILES_MAX_PER_DOSSIER)


class ValidateInput(serializers.Serializer):
    answers = JsonObject()
    files = FileLists(required=False, default=dict)
    applicant = ApplicantInput(required=False)
    branch = CleanText(required=False, allow_blank=True, default="")


class DossierInput(ValidateInput):
    """A dossier to file. `channel` is `counter` when a clerk files at their own branch, else `online`."""

    procedure = CleanText(max_length=20)
    channel = serializers.ChoiceField(choices=["online", "counter"], required=False)
    return_by = serializers.ChoiceField(choices=ReturnBy.choices, required=False, allow_blank=True, default="")
    return_address = CleanText(required=False, allow_blank=True, max_length=250, default="")


class Named(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()


class StepShape(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()


class FileShape(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    content_type = serializers.CharField()
    sha256 = serializers.CharField()


class AttachedFileShape(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    content_type = serializers.CharField()
    url = serializers.CharField()
    purpose = serializers.CharField()


class DossierDocumentShape(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    required = serializers.BooleanField()
    condition = serializers.JSONField()
    files = AttachedFileShape(many=True)


class FeeShape(serializers.Serializer):
    label = serializers.CharField()
    count = serializers.IntegerField()
    amount = serializers.IntegerField()
    paid = serializers.BooleanField()
    receipt_number = serializers.CharField()


class WarningShape(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()
    dossier = serializers.CharField(required=False, help_text="Of “filed_before”: the open dossier.")
    field = serializers.CharField(required=False, help_text="Of “not_asked”: the question whose answer was left out.")


class TimelineShape(serializers.Serializer):
    at = serializers.DateTimeField()
    act = serializers.CharField()
    label = serializers.CharField()
    status = serializers.CharField(allow_null=True)
    step = serializers.CharField(allow_null=True)
    note = serializers.CharField()


class ActionShape(serializers.Serializer):
    """What the caller may do now. `input` is JSON Schema 2020-12; its `examples` would be accepted."""

    name = serializers.CharField()
    label = serializers.CharField()
    primary = serializers.BooleanField(help_text="The way forward.")
    danger = serializers.BooleanField()
    step_up = serializers.BooleanField(help_text="It signs: send X-Step-Up.")
    href = serializers.CharField()
    input = serializers.DictField()


class DossierShape(serializers.Serializer):
    code = serializers.CharField()
    procedure = Named()
    version = serializers.IntegerField()
    status = serializers.CharField()
    status_label = serializers.CharField()
    national_status = serializers.IntegerField()
    step = StepShape(allow_null=True)
    channel = serializers.ChoiceField(choices=Channel.choices)
    branch = Named()
    unit = Named()
    ward = Named(allow_null=True)
    applicant_name = serializers.CharField()
    submitted_at = serializers.DateTimeField()
    answer_by = serializers.DateTimeField(help_text="Until when an online dossier is answered (8 working hours).")
    estimated_due_at = serializers.DateTimeField(
        help_text="What the promise would be if it were received now; after reception the promise itself."
    )
    received_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True, help_text="The promise; null until RECEIVED.")
    first_due_at = serializers.DateTimeField(allow_null=True)
    repromised_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.ChoiceField(choices=[("", ""), *Outcome.choices])
    outcome_note = serializers.CharField()
    return_by = serializers.ChoiceField(choices=ReturnBy.choices)
    answers = serializers.DictField()
    documents = DossierDocumentShape(many=True)
    fees = FeeShape(many=True)
    timeline = TimelineShape(many=True)
    actions = ActionShape(many=True)
    warnings = WarningShape(many=True)


class SubmittedShape(serializers.Serializer):
    code = serializers.CharField()
    status = serializers.CharField()
    answer_by = serializers.DateTimeField()
    estimated_due_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    unit = Named()
    branch = Named()
    href = serializers.CharField()
    warnings = WarningShape(many=True)


class DueFeeShape(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField()
    count = serializers.IntegerField()
    amount = serializers.IntegerField()


class ValidatedShape(serializers.Serializer):
    valid = serializers.BooleanField()
    errors = serializers.ListField(child=serializers.DictField(child=serializers.CharField(allow_blank=True)))
    answers = serializers.DictField(help_text="The answers as they would be stored.")
    documents = serializers.ListField(
        child=serializers.CharField(), help_text="Keys of the papers these answers call for."
    )
    fees = DueFeeShape(many=True)
    unit = Named(allow_null=True)
    branch = Named(allow_null=True)
    estimated_due_at = serializers.DateTimeField(allow_null=True)
    warnings = WarningShape(many=True)


class SummaryShape(serializers.Serializer):
    code = serializers.CharField()
    procedure = Named()
    status = serializers.CharField()
    status_label = serializers.CharField()
    step = StepShape(allow_null=True)
    applicant_name = serializers.CharField()
    channel = serializers.CharField()
    branch = Named()
    unit = Named()
    submitted_at = serializers.DateTimeField()
    urgent_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)


class CursorPageShape(serializers.Serializer):
    count = serializers.IntegerField(help_text="Counted up to 100.")
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = SummaryShape(many=True)


class LookupShape(serializers.Serializer):
    code = serializers.CharField()
    procedure = serializers.CharField()
    status = serializers.CharField()
    status_label = serializers.CharField()
    step = serializers.CharField(allow_null=True, help_text="In the citizen's words.")
    submitted_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)


@extend_schema_field({"type": "string", "format": "binary"})
class BinaryField(serializers.FileField):
    pass


class UploadInput(serializers.Serializer):
    file = BinaryField(allow_empty_file=True)
