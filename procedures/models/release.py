"""The life of a version beside its rows: who asked, who agreed, from when, why; and a procedure's suspensions."""

from datetime import datetime

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from procedures.models.procedure import Procedure, ProcedureVersion
from worktime import now


class ReleaseQuerySet(models.QuerySet):
    def counted(self):
        """Without those that were cancelled before their moment: they end where they begin."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=F("starts_at")))

    def in_force(self, at=None):
        at = at or now()
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at)


class Release(models.Model):
    """The life of a version beside it: who let it go, when, why. The newest one in force is used."""

    version = models.ForeignKey(ProcedureVersion, models.PROTECT, related_name="releases", verbose_name=_("phiên bản"))
    starts_at = models.DateTimeField(_("từ lúc"))
    ends_at = models.DateTimeField(_("đến lúc"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("người ban hành"),
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("người đề nghị"),
    )
    reason = models.TextField(_("lý do"), blank=True)
    changes = models.TextField(_("thay đổi so với phiên bản trước"), blank=True)
    legal_ground = models.TextField(_("căn cứ"), blank=True)
    created_at = models.DateTimeField(_("tạo lúc"), default=now, editable=False)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("ban hành")
        verbose_name_plural = _("ban hành")
        triggers = [
            pgtrigger.Protect(name="release_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="release_only_ends",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF (to_jsonb(NEW) - 'ends_at') IS DISTINCT FROM (to_jsonb(OLD) - 'ends_at') THEN
                        RAISE EXCEPTION 'of a release only its end can change' USING ERRCODE = '23001';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.starts_at:%d/%m/%Y}"

    def is_in_force(self, at: datetime) -> bool:
        """As `ReleaseQuerySet.in_force`, of a row that was read already."""
        return self.starts_at <= at and (self.ends_at is None or self.ends_at > at)

    def is_scheduled(self, at: datetime) -> bool:
        """Its moment is still to come, and it was not cancelled (it would end where it begins)."""
        return self.starts_at > at and self.ends_at != self.starts_at


class ReleaseRequest(models.Model):
    """Asked by one admin, decided by another who had no hand in the draft (four eyes)."""

    class State(models.TextChoices):
        OPEN = "open", _("Chờ duyệt")
        APPROVED = "approved", _("Đã duyệt")
        REFUSED = "refused", _("Không duyệt")
        WITHDRAWN = "withdrawn", _("Đã rút")

    version = models.ForeignKey(
        ProcedureVersion, models.CASCADE, related_name="release_requests", verbose_name=_("phiên bản")
    )
    digest = models.CharField(max_length=64, editable=False)  # what was asked for: a draft edited since is not approved
    state = models.CharField(_("tình trạng"), max_length=10, choices=State.choices, default=State.OPEN)
    starts_at = models.DateTimeField(_("áp dụng từ"), null=True, blank=True)  # empty: as soon as it is approved
    reason = models.TextField(_("lý do"))
    legal_ground = models.TextField(_("căn cứ"))
    accepted_warnings = models.TextField(_("vì sao chấp nhận các cảnh báo"), blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người đề nghị")
    )
    requested_at = models.DateTimeField(_("đề nghị lúc"), default=now, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("người duyệt")
    )
    decided_at = models.DateTimeField(_("duyệt lúc"), null=True, editable=False)
    decision_note = models.TextField(_("ý kiến"), blank=True)

    class Meta:
        verbose_name = _("đề nghị ban hành")
        verbose_name_plural = _("đề nghị ban hành")
        constraints = [
            models.UniqueConstraint(fields=["version"], condition=Q(state="open"), name="one_open_request_of_a_version")
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.get_state_display()}"


class Suspension(models.Model):
    """A procedure that takes no new dossiers for a while: one admin may stop it at once, and lift the stop."""

    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="suspensions", verbose_name=_("thủ tục"))
    reason = models.TextField(_("lý do nội bộ"))
    public_text = models.TextField(_("thông báo cho người dân"))
    public_text_en = models.TextField(_("thông báo tiếng Anh"), blank=True)
    started_at = models.DateTimeField(_("từ lúc"), default=now, editable=False)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    ended_at = models.DateTimeField(_("đến lúc"), null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    class Meta:
        verbose_name = _("tạm dừng tiếp nhận")
        verbose_name_plural = _("tạm dừng tiếp nhận")
        constraints = [
            models.UniqueConstraint(
                fields=["procedure"], condition=Q(ended_at=None), name="one_suspension_of_a_procedure"
            )
        ]

    def __str__(self) -> str:
        return f"{self.procedure.code}: {self.started_at:%d/%m/%Y}"
