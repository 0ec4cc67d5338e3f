"""What was done, by whom, to what: rows that are only ever added, each chained to the one before it."""

from django.contrib.postgres.indexes import BrinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from audit.triggers import ChainEntry, no_change, no_truncate


class AuditEntryQuerySet(models.QuerySet):
    def about(self, subject_type: str, subject_id: int):
        return self.filter(subject_type=subject_type, subject_id=subject_id)

    def in_order(self):
        """The order in which a chain was written."""
        return self.order_by("chain", "seq")


class AuditEntry(models.Model):
    """One act. Write it with `services.record`; a trigger places it in its chain and computes its hash.

    `at` is when the act happened, as the act itself says; `recorded_at` is the database's own clock, and decides which
    daily root seals the entry. `actor_id` has no foreign key: the record outlives the account.
    """

    chain = models.CharField(_("chuỗi"), max_length=100, db_collation="C")
    seq = models.BigIntegerField(_("thứ tự"), db_default=0)
    at = models.DateTimeField(_("lúc"))
    recorded_at = models.DateTimeField(_("ghi lúc"), db_default=Now())
    act = models.CharField(_("hành động"), max_length=60)
    actor_id = models.BigIntegerField(_("mã người thực hiện"), null=True)
    actor_label = models.CharField(_("người thực hiện"), max_length=200, blank=True)
    posting_label = models.CharField(_("vị trí công tác"), max_length=300, blank=True)
    subject_type = models.CharField(_("loại đối tượng"), max_length=60, blank=True)
    subject_id = models.BigIntegerField(_("mã đối tượng"), null=True)
    ip = models.CharField(_("địa chỉ mạng"), max_length=45, blank=True)
    request_id = models.CharField(_("mã yêu cầu"), max_length=64, blank=True)
    before = models.JSONField(_("trước"), null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(_("sau"), null=True, encoder=DjangoJSONEncoder)
    note = models.TextField(_("ghi chú"), blank=True)
    prev_hash = models.CharField(_("mã băm trước"), max_length=64, db_default="")
    hash = models.CharField(_("mã băm"), max_length=64, db_default="")

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("dòng nhật ký")
        verbose_name_plural = _("nhật ký")
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="audit_one_entry_per_place")]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="audit_by_subject"),
            models.Index(fields=["actor_id", "at"], name="audit_by_actor"),
            models.Index(fields=["act", "at", "id"], name="audit_by_act"),
            models.Index(fields=["at", "id"], name="audit_by_time"),
            # Rows arrive in this order, so a few kilobytes are enough to find a day.
            BrinIndex(fields=["recorded_at"], name="audit_by_day", pages_per_range=32),
        ]
        triggers = [ChainEntry(name="chain_entry"), no_change(), no_truncate()]

    def __str__(self) -> str:
        return f"{self.chain} · {self.seq} · {self.act}"


class DailyRoot(models.Model):
    """The seal of one finished day in Hanoi: a Merkle root over the heads of the chains that changed, see `sealing`."""

    day = models.DateField(_("ngày"), primary_key=True)
    root = models.CharField(_("mã băm gốc"), max_length=64)
    entries = models.BigIntegerField(_("số dòng"))
    chains = models.BigIntegerField(_("số chuỗi"))
    previous_root = models.CharField(_("mã băm gốc trước"), max_length=64)
    sealed_at = models.DateTimeField(_("niêm phong lúc"))
    key = models.CharField(_("khóa ký"), max_length=16)
    signature = models.CharField(_("chữ ký"), max_length=88)

    class Meta:
        verbose_name = _("niêm phong ngày")
        verbose_name_plural = _("niêm phong ngày")
        triggers = [no_change(), no_truncate()]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y} · {self.root[:12]}"


class PersonKey(models.Model):
    """The key under which entries keep values of one person (`user:7`, `dossier:12`), itself sealed, see `people`.

    Destroyed when the person's data is erased. It is not part of the record: no trigger protects it.
    """

    person = models.CharField(max_length=60, primary_key=True)
    version = models.PositiveSmallIntegerField()
    sealed = models.BinaryField()


class Verification(models.Model):
    """A check of the whole record: asked for, run by a worker, ended. `problem` names the first break, "" is none."""

    asked_at = models.DateTimeField(_("yêu cầu lúc"))
    asked_by = models.CharField(_("ai yêu cầu"), max_length=200)
    ended_at = models.DateTimeField(_("xong lúc"), null=True)
    entries = models.BigIntegerField(_("số dòng"), default=0)
    chains = models.BigIntegerField(_("số chuỗi"), default=0)
    days = models.BigIntegerField(_("số ngày đã niêm phong"), default=0)
    seconds = models.FloatField(_("mất (giây)"), default=0)
    problem = models.TextField(_("chỗ sai đầu tiên"), blank=True)

    class Meta:
        verbose_name = _("lần kiểm tra nhật ký")
        verbose_name_plural = _("các lần kiểm tra nhật ký")

    def __str__(self) -> str:
        return f"{self.asked_at:%d/%m/%Y %H:%M} · {self.asked_by}"
