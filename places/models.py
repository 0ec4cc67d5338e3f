"""The city's map in two ages: 126 wards since 1 July 2025, and the districts and wards they came from."""

import re

from django.contrib.postgres.aggregates import StringAgg
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import models
from django.db.models import F, FloatField, Max, Q, Value
from django.db.models.functions import Coalesce, Greatest, Lower
from django.utils.translation import gettext_lazy as _

from places.text import clean, fold

# What people write before a name; it says nothing about which one is meant.
_KIND = re.compile(r"^(phuong|xa|thi tran|thi xa|quan|huyen|p|x|tt|tx|q|h)\b[. ]\s*(?=\S)")


class Unaccent(models.Func):
    function = "unaccent"
    output_field = models.CharField()


class WardQuerySet(models.QuerySet):
    def search(self, text: str):
        """Wards whose name, or the name of a ward or district they were made of, resembles `text`; best first.

        Accents, letter case and small typing errors do not matter. `was` names the former wards that matched.
        """
        words = _KIND.sub("", fold(clean(text))[:80])
        if not words:
            return self.annotate(was=Value("")).order_by("search")
        past = TrigramWordSimilarity(words, "changes__former_ward__search")
        district = TrigramWordSimilarity(words, Lower(Unaccent("changes__former_ward__district__name")))
        main = TrigramWordSimilarity(words, Lower(Unaccent("former_district__name")))
        return (
            self.alias(past=past)
            .annotate(
                was=StringAgg(
                    "changes__former_ward__name",
                    ", ",
                    distinct=True,
                    filter=Q(past__gte=0.75),
                    default=Value(""),
                ),
                score=Greatest(
                    TrigramWordSimilarity(words, "search"),
                    Coalesce(Max("past"), 0.0) * 0.9,
                    Coalesce(Max(district), 0.0) * 0.7,
                    main * 0.8,
                    output_field=FloatField(),
                ),
            )
            .filter(score__gte=0.62)
            .order_by(F("score").desc(), "search")
        )


class FormerDistrict(models.Model):
    code = models.CharField(_("mã"), max_length=3, primary_key=True)
    name = models.CharField(_("tên"), max_length=80)
    latitude = models.FloatField(_("vĩ độ"))
    longitude = models.FloatField(_("kinh độ"))

    class Meta:
        verbose_name = _("quận, huyện cũ")
        verbose_name_plural = _("quận, huyện cũ")

    def __str__(self) -> str:
        return self.name


class Ward(models.Model):
    """A ward or commune (phường, xã) by its official five-digit code. `search` is its folded name, see text.fold."""

    code = models.CharField(_("mã"), max_length=5, primary_key=True)
    name = models.CharField(_("tên"), max_length=80)
    kind = models.CharField(_("loại"), max_length=20)
    latitude = models.FloatField(_("vĩ độ"))
    longitude = models.FloatField(_("kinh độ"))
    former_district = models.ForeignKey(
        FormerDistrict, models.PROTECT, related_name="wards", verbose_name=_("quận, huyện cũ (phần chính)")
    )
    search = models.CharField(max_length=120, editable=False)

    objects = WardQuerySet.as_manager()

    class Meta:
        verbose_name = _("phường, xã")
        verbose_name_plural = _("phường, xã")
        indexes = [GinIndex(OpClass("search", "gin_trgm_ops"), name="ward_search_trgm")]

    def __str__(self) -> str:
        return self.name


class FormerWard(models.Model):
    code = models.CharField(_("mã"), max_length=5, primary_key=True)
    name = models.CharField(_("tên"), max_length=80)
    district = models.ForeignKey(
        FormerDistrict, models.PROTECT, related_name="former_wards", verbose_name=_("quận, huyện cũ")
    )
    search = models.CharField(max_length=120, editable=False)

    class Meta:
        verbose_name = _("phường, xã cũ")
        verbose_name_plural = _("phường, xã cũ")

    def __str__(self) -> str:
        return self.name


class WardChange(models.Model):
    """One arrow of the reorganisation of 1 July 2025: a former ward, or a part of it, became part of a ward."""

    class Share(models.TextChoices):
        WHOLE = "whole", _("toàn bộ")
        MAIN = "main part", _("phần lớn")
        PART = "part", _("một phần")

    former_ward = models.ForeignKey(FormerWard, models.PROTECT, related_name="changes", verbose_name=_("phường, xã cũ"))
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="changes", verbose_name=_("phường, xã mới"))
    share = models.CharField(_("phần"), max_length=10, choices=Share.choices)

    class Meta:
        verbose_name = _("sắp xếp phường, xã")
        verbose_name_plural = _("sắp xếp phường, xã")
        constraints = [models.UniqueConstraint(fields=["former_ward", "ward"], name="one_change_per_pair")]

    def __str__(self) -> str:
        return f"{self.former_ward} → {self.ward} ({self.get_share_display()})"
