"""The organisation: who receives, who decides, and who is posted where, from when to when."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keys.fields import BlindIndexField, FoundByIndex, HiddenTextField
from worktime import clocks, now


class Role(models.TextChoices):
    """What a posting lets a person do (DOMAIN §1)."""

    CLERK = "CLERK", _("Cán bộ tiếp nhận")
    CASHIER = "CASHIER", _("Thu ngân")
    BRANCH_HEAD = "BRANCH_HEAD", _("Phụ trách chi nhánh")
    OFFICER = "OFFICER", _("Chuyên viên")
    LEADER = "LEADER", _("Lãnh đạo cơ quan")
    MONITOR = "MONITOR", _("Giám sát của Trung tâm")
    INSPECTOR = "INSPECTOR", _("Thanh tra")
    ADMIN = "ADMIN", _("Quản trị thủ tục")
    UNIT_ADMIN = "UNIT_ADMIN", _("Quản trị đơn vị")  # of one branch or one unit: its people, never its dossiers


BRANCH_ROLES = (Role.CLERK, Role.CASHIER, Role.BRANCH_HEAD)
UNIT_ROLES = (Role.OFFICER, Role.LEADER)
CENTRE_ROLES = (Role.MONITOR, Role.INSPECTOR, Role.ADMIN)


class UnitKind(models.TextChoices):
    WARD = "WARD", _("Ủy ban nhân dân cấp xã")
    POLICE_WARD = "POLICE_WARD", _("Công an cấp xã")
    LAND = "LAND", _("Văn phòng đăng ký đất đai")
    CONSTRUCTION = "CONSTRUCTION", _("Sở Xây dựng")
    FINANCE = "FINANCE", _("Sở Tài chính")
    HOME_AFFAIRS = "HOME_AFFAIRS", _("Sở Nội vụ")
    EDUCATION = "EDUCATION", _("Sở Giáo dục và Đào tạo")
    POLICE_CITY = "POLICE_CITY", _("Công an Thành phố")
    CULTURE = "CULTURE", _("Sở Văn hóa và Thể thao")
    HEALTH = "HEALTH", _("Sở Y tế")
    TOURISM = "TOURISM", _("Sở Du lịch")
    AGRICULTURE = "AGRICULTURE", _("Sở Nông nghiệp và Môi trường")
    SOCIAL_INSURANCE = "SOCIAL_INSURANCE", _("Bảo hiểm xã hội")
    TAX = "TAX", _("Thuế Thành phố")
    FIRE_POLICE = "FIRE_POLICE", _("Cảnh sát phòng cháy, chữa cháy")


class Branch(models.Model):
    """A branch of the Centre. Any branch takes any dossier whose procedure does not depend on territory."""

    number = models.PositiveSmallIntegerField(_("số"), unique=True)
    code = models.CharField(_("mã"), max_length=10, unique=True)
    name = models.CharField(_("tên"), max_length=120)
    ward = models.ForeignKey("places.Ward", models.PROTECT, verbose_name=_("phường, xã"), related_name="+")
    address = models.CharField(_("địa chỉ"), max_length=200, blank=True)
    phone = models.CharField(_("điện thoại"), max_length=20, blank=True)
    opened_on = models.DateField(_("ngày hoạt động"))
    calendar_key = models.SlugField(_("lịch làm việc"), default="default")
    is_active = models.BooleanField(_("đang hoạt động"), default=True)
    assumed = models.BooleanField(_("chưa được xác nhận"), default=False)

    class Meta:
        verbose_name = _("chi nhánh")
        verbose_name_plural = _("chi nhánh")

    def __str__(self) -> str:
        return self.name


class BranchArea(models.Model):
    """The branch of a ward: where its people are sent by default, and the only one for territorial procedures."""

    ward = models.OneToOneField("places.Ward", models.CASCADE, verbose_name=_("phường, xã"), related_name="branch_area")
    branch = models.ForeignKey(Branch, models.CASCADE, verbose_name=_("chi nhánh"), related_name="areas")

    class Meta:
        verbose_name = _("địa bàn chi nhánh")
        verbose_name_plural = _("địa bàn chi nhánh")

    def __str__(self) -> str:
        return f"{self.ward} → {self.branch}"


class ServicePoint(models.Model):
    code = models.CharField(_("mã"), max_length=12, unique=True)
    branch = models.ForeignKey(Branch, models.CASCADE, related_name="service_points", verbose_name=_("chi nhánh"))
    name = models.CharField(_("tên"), max_length=150)
    ward = models.ForeignKey("places.Ward", models.PROTECT, verbose_name=_("phường, xã"), related_name="+")
    address = models.CharField(_("địa chỉ"), max_length=200, blank=True)
    is_active = models.BooleanField(_("đang hoạt động"), default=True)
    assumed = models.BooleanField(_("chưa được xác nhận"), default=False)

    class Meta:
        verbose_name = _("điểm tiếp nhận")
        verbose_name_plural = _("điểm tiếp nhận")

    def __str__(self) -> str:
        return self.name


class CompetentUnit(models.Model):
    """An authority that decides. `code` is its 13-character identifier, the head of every dossier code (DOMAIN §7)."""

    code = models.CharField(_("mã định danh"), max_length=13, unique=True)
    kind = models.CharField(_("loại"), max_length=20, choices=UnitKind.choices)
    name = models.CharField(_("tên"), max_length=150)
    short_name = models.CharField(_("tên ngắn"), max_length=100, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, verbose_name=_("cơ quan cấp trên"))
    calendar_key = models.SlugField(_("lịch làm việc"), default="default")
    is_active = models.BooleanField(_("đang hoạt động"), default=True)
    assumed = models.BooleanField(_("mã chưa được xác nhận"), default=False)

    class Meta:
        verbose_name = _("cơ quan giải quyết")
        verbose_name_plural = _("cơ quan giải quyết")
        indexes = [models.Index(fields=["kind"])]

    def __str__(self) -> str:
        return self.short_name or self.name


class UnitArea(models.Model):
    """The wards a unit answers for. One unit of each kind per ward."""

    unit = models.ForeignKey(CompetentUnit, models.CASCADE, related_name="areas", verbose_name=_("cơ quan"))
    kind = models.CharField(_("loại"), max_length=20, choices=UnitKind.choices, editable=False)
    ward = models.ForeignKey("places.Ward", models.CASCADE, related_name="unit_areas", verbose_name=_("phường, xã"))

    class Meta:
        verbose_name = _("địa bàn cơ quan")
        verbose_name_plural = _("địa bàn cơ quan")
        constraints = [models.UniqueConstraint(fields=["kind", "ward"], name="one_unit_of_a_kind_per_ward")]

    def __str__(self) -> str:
        return f"{self.ward} → {self.unit}"

    def save(self, *args, **kwargs):
        self.kind = self.unit.kind
        super().save(*args, **kwargs)


class PostingQuerySet(models.QuerySet):
    def in_force(self, on: date | None = None):
        """Postings that give rights on the Hanoi day `on` (today)."""
        on = on or timezone.localdate(now())
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on, user__is_active=True)

    def at_work(self, on: date | None = None):
        """In force, and the person is not absent that day."""
        on = on or timezone.localdate(now())
        away = Absence.objects.filter(starts_on__lte=on, ends_on__gte=on).values("user_id")
        return self.in_force(on).exclude(user_id__in=away)

    def visible_to(self, user):
        """Those of the places whose people `user` looks after today, and their own."""
        from branches.people import places_seen  # reads duties, which stand on this module

        places = places_seen(user)  # an empty Q is dropped from an OR: the whole city must be asked for by itself
        return self.all() if places.all else self.filter(places.postings() | Q(user_id=user.pk))


class Posting(models.Model):
    """A person's role in an organisation for a time: the only source of a staff right (DOMAIN §1).

    The right ends by the date itself. A clock at that midnight moves what the person still had on the desk (see
    dossiers.leaving); whoever writes postings past `save` sets it with `set_end_clock`.
    """

    END = "posting.end"  # the kind of that clock
    capacity = ""  # what stands before the organisation in place of the role: "KT. CHỦ TỊCH, PHÓ CHỦ TỊCH"

    class Kind(models.TextChoices):
        PERMANENT = "permanent", _("Chính thức")
        SECONDMENT = "secondment", _("Biệt phái")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="postings", verbose_name=_("người"))
    role = models.CharField(_("vai trò"), max_length=12, choices=Role.choices)
    branch = models.ForeignKey(
        Branch, models.PROTECT, null=True, blank=True, related_name="postings", verbose_name=_("chi nhánh")
    )
    unit = models.ForeignKey(
        CompetentUnit, models.PROTECT, null=True, blank=True, related_name="postings", verbose_name=_("cơ quan")
    )
    fields_of_law = models.ManyToManyField(
        "branches.FieldOfLaw", blank=True, verbose_name=_("lĩnh vực"), help_text=_("Để trống là mọi lĩnh vực.")
    )
    kind = models.CharField(_("hình thức"), max_length=12, choices=Kind.choices, default=Kind.PERMANENT)
    source_organisation = models.CharField(_("cơ quan cử biệt phái"), max_length=150, blank=True)
    starts_on = models.DateField(_("từ ngày"))
    ends_on = models.DateField(_("đến hết ngày"), null=True, blank=True)

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("phân công")
        verbose_name_plural = _("phân công")
        indexes = [models.Index(fields=["unit", "role"]), models.Index(fields=["branch", "role"])]
        constraints = [
            models.CheckConstraint(
                name="posting_has_the_organisation_of_its_role",
                condition=(
                    Q(role__in=BRANCH_ROLES, branch__isnull=False, unit__isnull=True)
                    | Q(role__in=UNIT_ROLES, branch__isnull=True, unit__isnull=False)
                    | Q(role__in=CENTRE_ROLES, branch__isnull=True, unit__isnull=True)
                    | Q(role=Role.UNIT_ADMIN) & (Q(branch__isnull=True) ^ Q(unit__isnull=True))
                ),
                violation_error_message=_(
                    "Vai trò ở chi nhánh cần chi nhánh, ở cơ quan cần cơ quan, của Trung tâm thì không cần cả hai;"
                    " quản trị đơn vị cần đúng một trong hai."
                ),
            ),
            models.CheckConstraint(
                name="posting_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                violation_error_message=_("Ngày kết thúc phải sau ngày bắt đầu."),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @transaction.atomic
    def save(self, *args, **options) -> None:
        adding = self._state.adding
        super().save(*args, **options)
        if self.ends_on or not adding:
            self.set_end_clock()

    @property
    def label(self) -> str:
        """As it is written in the record: "Chuyên viên, UBND phường Tây Hồ"."""
        place, role = self.branch or self.unit, self.capacity or str(self.get_role_display())
        return f"{role}, {place}" if place else role

    @property
    def end(self) -> datetime | None:
        """The midnight of Hanoi at which the rights are over."""
        if self.ends_on is None:
            return None
        return datetime.combine(self.ends_on + timedelta(days=1), time(), timezone.get_default_timezone())

    def set_end_clock(self) -> None:
        """Let the clock fire at the end, wherever it stood; call it with the posting's row locked or just written."""
        subject = {"subject_type": "posting", "subject_id": self.pk}
        if self.end:
            clocks.set_clock(kind=self.END, at=self.end, **subject)
        else:
            clocks.cancel(kinds=[self.END], **subject)


class FieldOfLaw(models.Model):
    """Lĩnh vực: how procedures are grouped and how officers share work."""

    name = models.CharField(_("tên"), max_length=120, unique=True)
    slug = models.SlugField(_("khóa"), max_length=120, unique=True)

    class Meta:
        verbose_name = _("lĩnh vực")
        verbose_name_plural = _("lĩnh vực")

    def __str__(self) -> str:
        return self.name


class AbsenceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of people whom `user` looks after today, and their own."""
        from branches.people import StaffMember

        return self.filter(Q(user__in=StaffMember.objects.visible_to(user)) | Q(user_id=user.pk))


class Absence(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="absences", verbose_name=_("người"))
    starts_on = models.DateField(_("từ ngày"))
    ends_on = models.DateField(_("đến hết ngày"))
    reason = models.CharField(_("lý do"), max_length=200, blank=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("vắng mặt")
        verbose_name_plural = _("vắng mặt")
        indexes = [models.Index(fields=["user", "starts_on", "ends_on"])]

    def __str__(self) -> str:
        return f"{self.user}: {self.starts_on:%d/%m/%Y}–{self.ends_on:%d/%m/%Y}"

    def clean(self):
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValidationError({"ends_on": _("Ngày kết thúc phải sau ngày bắt đầu.")})


class RelativeQuerySet(models.QuerySet):
    def in_force(self, on: date | None = None):
        on = on or timezone.localdate(now())
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)


class RelativeDeclaration(FoundByIndex):
    """Whose dossiers a member of staff must not touch: a relative, or a company, by number (issue 5 §2).

    `number` is a personal number or a tax code. A declaration is ended, not deleted: it says what was known when.
    """

    class Relation(models.TextChoices):
        SPOUSE = "spouse", _("Vợ, chồng")
        PARENT = "parent", _("Cha, mẹ (kể cả bên vợ, chồng; cha mẹ nuôi)")
        CHILD = "child", _("Con (kể cả con nuôi, con dâu, con rể)")
        SIBLING = "sibling", _("Anh, chị, em ruột (kể cả bên vợ, chồng)")
        OTHER = "other", _("Người thân khác")
        COMPANY = "company", _("Doanh nghiệp của tôi hoặc của người thân")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="relatives", verbose_name=_("người khai")
    )
    relation = models.CharField(_("quan hệ"), max_length=8, choices=Relation.choices)
    name = HiddenTextField(_("họ và tên, hoặc tên doanh nghiệp"), max_length=150)
    number = HiddenTextField(_("số định danh cá nhân, hoặc mã số thuế"), max_length=14)
    number_index = BlindIndexField(of="number", purpose="number", db_index=True)
    starts_on = models.DateField(_("từ ngày"))
    ends_on = models.DateField(_("đến hết ngày"), null=True, blank=True)
    declared_at = models.DateTimeField(_("khai lúc"), default=now, editable=False)

    objects = RelativeQuerySet.as_manager()

    class Meta:
        verbose_name = _("khai báo người thân")
        verbose_name_plural = _("khai báo người thân")
        constraints = [
            models.CheckConstraint(
                name="relative_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                violation_error_message=_("Ngày kết thúc phải sau ngày bắt đầu."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_relation_display()}"

    @property
    def masked_number(self) -> str:
        """The last three figures: enough to know one's own declaration again."""
        return "•" * (len(self.number) - 3) + self.number[-3:]


# Whose title a head of a unit of this kind has, and a deputy's, as papers are signed (Decree 30/2020 art. 13).
TITLES = {
    UnitKind.WARD: ("CHỦ TỊCH", "PHÓ CHỦ TỊCH"),
    UnitKind.POLICE_WARD: ("TRƯỞNG CÔNG AN", "PHÓ TRƯỞNG CÔNG AN"),
    UnitKind.TAX: ("TRƯỞNG THUẾ", "PHÓ TRƯỞNG THUẾ"),
    UnitKind.FIRE_POLICE: ("TRƯỞNG PHÒNG", "PHÓ TRƯỞNG PHÒNG"),
}
DIRECTORS = ("GIÁM ĐỐC", "PHÓ GIÁM ĐỐC")


class DelegationQuerySet(models.QuerySet):
    def in_force(self, on: date | None = None):
        """What gives the deputy the leader's rights on that day: the leader must have them still."""
        on = on or timezone.localdate(now())
        leading = Posting.objects.in_force(on).filter(
            user_id=OuterRef("leader_id"), unit_id=OuterRef("unit_id"), role=Role.LEADER
        )
        return self.filter(Exists(leading), starts_on__lte=on, ends_on__gte=on, ended_at=None)


class Delegation(models.Model):
    """While the leader is away the deputy, posted in the same unit, signs "KT." in the leader's place."""

    unit = models.ForeignKey(CompetentUnit, models.PROTECT, related_name="delegations", verbose_name=_("cơ quan"))
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người ủy quyền")
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người ký thay")
    )
    leader_title = models.CharField(_("chức vụ của người ủy quyền"), max_length=60)
    deputy_title = models.CharField(_("chức vụ của người ký thay"), max_length=60)
    document_number = models.CharField(_("số văn bản ủy quyền"), max_length=60)
    starts_on = models.DateField(_("từ ngày"))
    ends_on = models.DateField(_("đến hết ngày"))
    created_at = models.DateTimeField(_("lập lúc"), default=now, editable=False)
    ended_at = models.DateTimeField(_("thôi ủy quyền lúc"), null=True, blank=True, editable=False)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("ủy quyền ký thay")
        verbose_name_plural = _("ủy quyền ký thay")
        indexes = [models.Index(fields=["deputy", "unit"], condition=Q(ended_at=None), name="delegation_open")]
        constraints = [
            models.CheckConstraint(
                name="delegation_ends_after_it_starts",
                condition=Q(ends_on__gte=models.F("starts_on")),
                violation_error_message=_("Ngày kết thúc phải sau ngày bắt đầu."),
            ),
            models.CheckConstraint(
                name="nobody_deputises_for_themselves",
                condition=~Q(leader=models.F("deputy")),
                violation_error_message=_("Không ai ký thay cho chính mình."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.capacity}: {self.leader} → {self.deputy}"

    @property
    def capacity(self) -> str:
        """As it stands above the signature."""
        return capacity_of(self.leader_title, self.deputy_title)


def capacity_of(leader_title: str, deputy_title: str) -> str:
    return f"KT. {leader_title}, {deputy_title}"
