"""Work inside a step: the step's own work, opinions asked in parallel, linked units' results."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keys.fields import HiddenJSONField
from worktime import now


class WorkItemQuerySet(models.QuerySet):
    def open(self):
        return self.filter(state__in=[WorkItem.State.WAITING, WorkItem.State.OPEN])

    def asked(self):
        """Work of other units: opinions and linked results."""
        return self.exclude(kind=WorkItem.Kind.STEP)

    def lately(self):
        """Not yet done, or done or dropped in the last days: the reason to see a dossier ends soon after its work."""
        since = now() - timedelta(days=settings.ASKED_SIGHT_DAYS)
        return self.filter(Q(done_at=None) | Q(done_at__gte=since))

    def present_steps(self):
        return self.filter(kind=WorkItem.Kind.STEP, state=WorkItem.State.OPEN)

    def steps_done_elsewhere(self, user):
        """Steps that this person did in dossiers of another kind of unit: a look back at one's own work."""
        done = self.filter(kind=WorkItem.Kind.STEP, done_by=user)
        return done.exclude(unit__kind=models.F("dossier__unit__kind"))


class WorkItem(models.Model):
    """One piece of work on a dossier, by a unit (or branch), with its own deadline and result."""

    class Kind(models.TextChoices):
        STEP = "step", _("Bước xử lý")
        OPINION = "opinion", _("Ý kiến")
        LINKED = "linked", _("Việc liên thông")

    class State(models.TextChoices):
        WAITING = "waiting", _("Chờ việc trước")
        OPEN = "open", _("Đang làm")
        DONE = "done", _("Đã xong")
        CANCELLED = "cancelled", _("Đã hủy")

    dossier = models.ForeignKey("dossiers.Dossier", models.CASCADE, related_name="items", verbose_name=_("hồ sơ"))
    kind = models.CharField(_("loại"), max_length=10, choices=Kind.choices)
    state = models.CharField(_("tình trạng"), max_length=10, choices=State.choices, default=State.OPEN)
    step = models.CharField(_("bước"), max_length=60)
    key = models.CharField(_("khóa"), max_length=60)
    name = models.CharField(_("việc"), max_length=150)
    role = models.CharField(_("vai trò"), max_length=12)
    unit = models.ForeignKey(
        "branches.CompetentUnit", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("cơ quan")
    )
    branch = models.ForeignKey(
        "branches.Branch", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("chi nhánh")
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người làm")
    )
    required = models.BooleanField(_("bắt buộc"), default=True)
    after = models.CharField(_("sau việc"), max_length=60, blank=True)
    opened_at = models.DateTimeField(_("mở lúc"), null=True, blank=True)
    due_at = models.DateTimeField(_("hạn"), null=True, blank=True)
    done_at = models.DateTimeField(_("xong lúc"), null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    result = HiddenJSONField(_("kết quả"), default=dict, blank=True)

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("việc")
        verbose_name_plural = _("việc")
        indexes = [
            models.Index(fields=["dossier", "state"]),
            models.Index(fields=["unit", "due_at"], name="item_unit_open", condition=Q(state="open")),
            models.Index(fields=["branch", "role"], name="item_branch_step", condition=Q(kind="step", state="open")),
            models.Index(fields=["unit", "role"], name="item_unit_step", condition=Q(kind="step", state="open")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier"], condition=Q(kind="step", state="open"), name="one_open_step_of_a_dossier"
            ),
            models.UniqueConstraint(
                fields=["dossier", "step", "key"],
                condition=~Q(kind="step") & ~Q(state="cancelled"),
                name="asked_once_in_a_step",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_late(self) -> bool:
        return self.state in (self.State.OPEN, self.State.WAITING) and self.due_at is not None and now() > self.due_at
