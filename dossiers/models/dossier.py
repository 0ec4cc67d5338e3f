"""A dossier (hồ sơ): one application for one procedure, and its two machines."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import GET_STATE, FSMField, FSMModelMixin, transition

from branches.selectors import duties_of
from dossiers.life import ACTS, BEGUN, EDGES, OPEN, UNFINISHED, WAITING, Status
from dossiers.models.permissions import applies, asks, collects, handles, owns, receives, receives_or_handles
from dossiers.models.rules import EmergencyAccess
from dossiers.models.work import WorkItem
from keys.fields import BlindIndexField, FoundByIndex, HiddenJSONField, HiddenTextField
from payments.models import TRIAL
from worktime import now


class Outcome(models.TextChoices):
    APPROVED = "approved", _("Được giải quyết")
    REJECTED = "rejected", _("Không được giải quyết")
    ACKNOWLEDGED = "acknowledged", _("Đã ghi nhận")


class Channel(models.TextChoices):
    ONLINE = "online", _("Trực tuyến")
    COUNTER = "counter", _("Tại quầy")
    AGENT = "agent", _("Qua đại lý")


class ReturnBy(models.TextChoices):
    COUNTER = "counter", _("Tại chi nhánh")
    ONLINE = "online", _("Bản điện tử")
    POST = "post", _("Bưu chính")


def _sources(act: str) -> list[str]:
    return [str(s) for s in ACTS[act][0]]


class DossierQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Rows this person has a reason to see today; nothing without one."""
        duties = duties_of(user)
        if not user or not user.is_authenticated:
            return self.none()
        if user.is_superuser or duties.citywide:
            return self.filter(~Q(status=Status.DRAFT) | Q(owner=user))
        mine = Q(owner=user)
        if duties:
            branches, units = duties.branches(), duties.units()
            seen = Q(branch_id__in=branches) | Q(unit_id__in=units)
            if units:
                work = WorkItem.objects.filter(unit_id__in=units).lately()
                for items in (work.asked(), work.present_steps(), work.steps_done_elsewhere(user)):
                    seen |= Q(pk__in=items.values("dossier_id"))
            mine |= seen & ~Q(status=Status.DRAFT)
            mine |= Q(created_by=user, status=Status.DRAFT)
            opened = EmergencyAccess.objects.in_force().filter(user=user)
            mine |= Q(pk__in=opened.values("dossier_id")) & ~Q(status=Status.DRAFT)
        return self.filter(mine)

    def drafts_of(self, user):
        return self.filter(owner=user, status=Status.DRAFT)

    def open(self):
        return self.filter(status__in=OPEN)

    def unfinished(self):
        return self.filter(status__in=UNFINISHED)


class KeptManager(models.Manager.from_queryset(DossierQuerySet)):
    """Real dossiers only: what an admin makes to try a draft is in no list, figure or search."""

    def get_queryset(self):
        return super().get_queryset().filter(is_scratch=False)


class Dossier(FoundByIndex, FSMModelMixin, models.Model):
    """One application. `status` is its legal life, `step` the pinned version's own process inside it.

    Both are protected: only a transition changes them, and database triggers refuse whatever is not in the tables.
    Moments are aware; `urgent_at` is the next moment somebody promised (answer, supplement, result), for the queues.
    """

    code = models.CharField(_("mã hồ sơ"), max_length=32, unique=True, null=True, blank=True, editable=False)
    procedure = models.ForeignKey(  # its index is `dossier_of_version`
        "procedures.Procedure", models.PROTECT, db_index=False, related_name="+", verbose_name=_("thủ tục")
    )
    version = models.ForeignKey(
        "procedures.ProcedureVersion", models.PROTECT, related_name="+", verbose_name=_("phiên bản")
    )
    status = FSMField(_("trạng thái"), max_length=20, choices=Status.choices, default=Status.DRAFT, protected=True)
    return_status = models.CharField(_("trạng thái trước khi chờ"), max_length=20, blank=True, editable=False)
    step = FSMField(_("bước"), max_length=60, default="", blank=True, protected=True)
    channel = models.CharField(_("cách nộp"), max_length=10, choices=Channel.choices, default=Channel.ONLINE)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="dossiers",
        verbose_name=_("tài khoản"),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người lập")
    )
    applicant_name = models.CharField(_("người nộp"), max_length=150, blank=True)
    applicant_phone = HiddenTextField(_("điện thoại"), max_length=20, blank=True)
    phone_index = BlindIndexField(of="applicant_phone", purpose="phone")
    applicant_email = HiddenTextField(_("thư điện tử"), max_length=254, blank=True)
    applicant_number = HiddenTextField(_("số định danh"), max_length=12, blank=True)
    number_index = BlindIndexField(of="applicant_number", purpose="number")
    search = models.TextField(blank=True, editable=False)
    answers = HiddenJSONField(_("tờ khai"), default=dict, blank=True)
    done_sections = models.JSONField(default=list, blank=True, editable=False)
    papers = models.JSONField(_("giấy tờ nhận bản giấy tại quầy"), default=list, blank=True)
    submission = models.PositiveSmallIntegerField(_("lần nộp"), default=0)

    branch = models.ForeignKey(
        "branches.Branch", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("chi nhánh")
    )
    unit = models.ForeignKey(
        "branches.CompetentUnit",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("cơ quan giải quyết"),
    )
    ward = models.ForeignKey(
        "places.Ward", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("phường, xã")
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("chuyên viên")
    )
    assigned_at = models.DateTimeField(null=True, blank=True, editable=False)
    weight = models.PositiveSmallIntegerField(default=1, editable=False)
    return_by = models.CharField(_("nhận kết quả"), max_length=10, choices=ReturnBy.choices, default=ReturnBy.COUNTER)
    return_address = HiddenTextField(_("địa chỉ nhận"), max_length=250, blank=True)

    created_at = models.DateTimeField(_("lập lúc"), default=now, editable=False)
    saved_at = models.DateTimeField(_("lưu lúc"), default=now, editable=False)
    submitted_at = models.DateTimeField(_("nộp lúc"), null=True, blank=True, editable=False)
    answer_by = models.DateTimeField(_("trả lời trước"), null=True, blank=True, editable=False)
    received_at = models.DateTimeField(_("tiếp nhận lúc"), null=True, blank=True, editable=False)
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    count_from = models.DateTimeField(_("tính từ"), null=True, blank=True, editable=False)
    due_at = models.DateTimeField(_("hẹn trả"), null=True, blank=True, editable=False)
    first_due_at = models.DateTimeField(_("hẹn trả lần đầu"), null=True, blank=True, editable=False)
    repromised_at = models.DateTimeField(_("hẹn lại lúc"), null=True, blank=True, editable=False)
    urgent_at = models.DateTimeField(null=True, blank=True, editable=False)
    step_entered_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(_("ký lúc"), null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(_("kết quả giải quyết"), max_length=12, choices=Outcome.choices, blank=True)
    outcome_note = HiddenTextField(_("nội dung kết quả"), blank=True)
    completed_at = models.DateTimeField(_("xong lúc"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("kết thúc lúc"), null=True, blank=True, editable=False)
    is_scratch = models.BooleanField(_("hồ sơ thử"), default=False, editable=False)
    moved_from = models.ForeignKey(
        "procedures.ProcedureVersion", models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )  # the version this draft was begun on, until its owner has read what changed
    clerk_supplement_at = models.DateTimeField(null=True, blank=True, editable=False)
    unit_supplement_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = KeptManager()
    everything = DossierQuerySet.as_manager()  # scratch dossiers too: for what is already known by its id

    class Meta:
        base_manager_name = "everything"
        verbose_name = _("hồ sơ")
        verbose_name_plural = _("hồ sơ")
        indexes = [
            models.Index(fields=["branch", "status", "urgent_at", "id"], name="dossier_branch_status"),
            models.Index(
                fields=["branch", "urgent_at", "id"], name="dossier_branch_open", condition=Q(status__in=UNFINISHED)
            ),
            models.Index(fields=["unit", "status", "urgent_at", "id"], name="dossier_unit_status"),
            models.Index(
                fields=["unit", "urgent_at", "id"], name="dossier_unit_open", condition=Q(status__in=UNFINISHED)
            ),
            models.Index(
                fields=["assignee", "urgent_at", "id"], name="dossier_assignee_open", condition=Q(status__in=UNFINISHED)
            ),
            models.Index(fields=["urgent_at", "id"], name="dossier_open", condition=Q(status__in=UNFINISHED)),
            models.Index(
                fields=["unit", "urgent_at", "id"],
                name="dossier_unassigned",
                condition=Q(status=Status.IN_PROCESS, assignee=None),
            ),
            models.Index(OpClass(Reverse("code"), "text_pattern_ops"), name="dossier_code_tail"),
            models.Index(fields=["number_index"], name="dossier_number", condition=~Q(number_index="")),
            models.Index(fields=["phone_index"], name="dossier_phone", condition=~Q(phone_index="")),
            models.Index(fields=["owner", "-created_at"], name="dossier_owner"),
            models.Index(fields=["created_by"], name="dossier_made_by", condition=Q(status=Status.DRAFT)),
            models.Index(fields=["number_index", "procedure"], name="dossier_person", condition=Q(status__in=OPEN)),
            models.Index(fields=["procedure", "version", "status", "is_scratch"], name="dossier_of_version"),
            models.Index(fields=["procedure", "id"], name="dossier_begun", condition=Q(status__in=BEGUN)),
            models.Index(fields=["version"], name="dossier_scratch", condition=Q(is_scratch=True)),
            GinIndex(OpClass("search", "gin_trgm_ops"), name="dossier_search_trgm"),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_submitted_dossier_is_whole",
                condition=Q(status=Status.DRAFT)
                | Q(
                    code__isnull=False,
                    branch__isnull=False,
                    unit__isnull=False,
                    submitted_at__isnull=False,
                    urgent_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="a_waiting_dossier_knows_where_it_came_from",
                condition=Q(return_status="") & ~Q(status__in=WAITING)
                | Q(return_status__in=ACTS["ask_supplement"][0], status__in=WAITING),
            ),
            models.CheckConstraint(
                name="a_finished_dossier_has_an_outcome",
                condition=~Q(status__in=[Status.COMPLETED, Status.RETURNED]) | ~Q(outcome=""),
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="status_edges", field="status", transitions=[(str(a), str(b)) for a, b in EDGES]),
            pgtrigger.Trigger(
                name="waiting_goes_back",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(old__status__df=pgtrigger.F("new__status")),
                func="""
                    IF NEW.status IN ('SUPPLEMENT_REQUIRED', 'PAYMENT_REQUIRED') AND NEW.return_status <> OLD.status
                        OR OLD.status IN ('SUPPLEMENT_REQUIRED', 'PAYMENT_REQUIRED')
                        AND NEW.status NOT IN (OLD.return_status, 'WITHDRAWN', 'STOPPED') THEN
                        RAISE EXCEPTION 'a dossier that waits goes back where it came from' USING ERRCODE = '23001';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="starts_as_a_draft",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.status <> 'DRAFT' OR NEW.step <> '' OR NEW.code IS NOT NULL THEN
                        RAISE EXCEPTION 'a dossier starts as a draft, not %', NEW.status USING ERRCODE = '23001';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="step_moves",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("step"),
                condition=pgtrigger.Q(old__step__df=pgtrigger.F("new__step")),
                func="""
                    IF NOT EXISTS (SELECT 1 FROM procedures_move
                                   WHERE version_id = NEW.version_id AND source = OLD.step AND target = NEW.step)
                       AND NOT (OLD.version_id <> NEW.version_id AND EXISTS (
                           SELECT 1 FROM (SELECT * FROM dossiers_versionmove WHERE dossier_id = NEW.id
                                          ORDER BY id DESC LIMIT 1) AS last
                           WHERE from_version_id = OLD.version_id AND to_version_id = NEW.version_id
                             AND from_step = OLD.step AND to_step = NEW.step)) THEN
                        RAISE EXCEPTION 'no move from step "%" to "%" in version %', OLD.step, NEW.step, NEW.version_id
                            USING ERRCODE = '23001';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="what_was_filed_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("code", "version_id", "procedure_id", "submitted_at"),
                func="""
                    IF OLD.code IS NOT NULL AND (NEW.code IS DISTINCT FROM OLD.code OR NEW.version_id <> OLD.version_id
                        AND NOT EXISTS (
                            SELECT 1 FROM (SELECT * FROM dossiers_versionmove WHERE dossier_id = NEW.id
                                           ORDER BY id DESC LIMIT 1) AS last
                            WHERE from_version_id = OLD.version_id AND to_version_id = NEW.version_id
                              AND from_step = OLD.step AND to_step = NEW.step)
                        OR NEW.procedure_id <> OLD.procedure_id
                        OR NEW.submitted_at IS DISTINCT FROM OLD.submitted_at) THEN
                        RAISE EXCEPTION 'code, version and moment of a submitted dossier stay' USING ERRCODE = '23001';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(  # a real dossier that became a trial could be deleted
                name="real_or_scratch_for_ever",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("is_scratch"),
                condition=pgtrigger.Q(old__is_scratch__df=pgtrigger.F("new__is_scratch"), old__code__isnull=False),
                func="""
                    RAISE EXCEPTION 'a submitted dossier is real or a trial for ever' USING ERRCODE = '23001';
                """,
            ),
            pgtrigger.Trigger(
                name="only_drafts_are_deleted",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    IF OLD.code IS NOT NULL AND NOT OLD.is_scratch THEN
                        RAISE EXCEPTION 'a submitted dossier is never deleted' USING ERRCODE = '23001';
                    END IF;
                    RETURN OLD;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.code or f"nháp {self.pk}"

    @property
    def chain(self) -> str:
        """The name of this dossier's chain in the record."""
        return f"dossier:{self.pk}"

    @property
    def owes_as(self) -> str:
        """The kind of subject under which it owes: sums of a trial are kept apart from real money."""
        return TRIAL if self.is_scratch else "dossier"

    @property
    def is_draft(self) -> bool:
        return self.status == Status.DRAFT

    # --- the legal life: a transition sets fields of its own row and nothing else ------------------------------------
    @transition(status, source=_sources("submit"), target=Status.REGISTERED, permission=owns)
    def submit(self, *, at):
        self.submitted_at = at

    @transition(status, source=_sources("submit_at_counter"), target=Status.RECEIVED, permission=receives)
    def submit_at_counter(self, *, at, by):
        self.submitted_at = self.received_at = at
        self.received_by = by

    @transition(status, source=_sources("receive"), target=Status.RECEIVED, permission=receives)
    def receive(self, *, at, by):
        self.received_at, self.received_by = at, by

    @transition(status, source=_sources("refuse"), target=Status.REFUSED, permission=receives)
    def refuse(self, *, at, reason):
        self.closed_at, self.outcome_note = at, reason

    @transition(status, source=_sources("hand_over"), target=Status.IN_PROCESS, permission=receives_or_handles)
    def hand_over(self):
        pass

    @transition(status, source=_sources("ask_supplement"), target=Status.SUPPLEMENT_REQUIRED, permission=asks)
    def ask_supplement(self, *, at):
        if self.status == Status.REGISTERED:
            self.clerk_supplement_at = at
        else:
            self.unit_supplement_at = at
        self.return_status = self.status

    @transition(
        status,
        source=_sources("supplement_given"),
        target=GET_STATE(lambda self, **_: self.return_status, states=ACTS["supplement_given"][1]),
        permission=applies,
    )
    def supplement_given(self):
        pass

    @transition(status, source=_sources("ask_payment"), target=Status.PAYMENT_REQUIRED, permission=asks)
    def ask_payment(self):
        self.return_status = self.status

    @transition(
        status,
        source=_sources("payment_settled"),
        target=GET_STATE(lambda self, **_: self.return_status, states=ACTS["payment_settled"][1]),
        permission=collects,
    )
    def payment_settled(self):
        pass

    @transition(status, source=_sources("withdraw"), target=Status.WITHDRAWN, permission=applies)
    def withdraw(self, *, at, reason):
        self.closed_at, self.outcome_note, self.return_status = at, reason, ""

    @transition(status, source=_sources("stop"), target=Status.STOPPED, permission=handles)
    def stop(self, *, at, reason):
        self.closed_at, self.outcome_note, self.return_status = at, reason, ""

    @transition(status, source=_sources("complete"), target=Status.COMPLETED, permission=handles)
    def complete(self, *, at):
        self.completed_at = at

    @transition(status, source=_sources("return_result"), target=Status.RETURNED, permission=receives)
    def return_result(self, *, at):
        self.closed_at = at

    # --- the version's own process ---------------------------------------------------------------------------------
    @transition(step, source="*", target=GET_STATE(lambda self, *, move, at: move.target))
    def move_step(self, *, move, at):
        """Follow `move` of the pinned version. The door has looked it up; the trigger looks it up again."""
        self.step_entered_at = at
