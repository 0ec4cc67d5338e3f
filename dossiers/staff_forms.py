"""Forms of the desk: the inputs of an act, and the filters of a queue."""

from django.utils.translation import gettext as _

from branches.models import FieldOfLaw, Posting, Role
from branches.selectors import duties_of
from dossiers.acts import Action
from dossiers.forms import QuestionsForm
from dossiers.queue import Filters, Queue
from procedures.answers import ward_codes


class ActForm(QuestionsForm):
    """The inputs of one act, drawn like every question of the portal. `typed()` is what `perform` takes."""

    def __init__(self, action: Action, *, data=None, prefix: str | None = None):
        self.action = action
        super().__init__(action.fields, data=data, prefix=prefix)


def filter_chips(filters: Filters) -> list[dict]:
    """The filters one presses: each with the name and value that turns it on, or "" that turns it off."""
    chips = [
        ("channel", "kenh", "online", _("Trực tuyến")),
        ("channel", "kenh", "counter", _("Tại quầy")),
        ("channel", "kenh", "agent", _("Qua đại lý")),
        ("due", "han", "today", _("Hạn trong hôm nay")),
        ("due", "han", "late", _("Đã trễ")),
    ]
    return [
        {
            "name": word,
            "value": "" if getattr(filters, name) == value else value,
            "label": label,
            "on": getattr(filters, name) == value,
        }
        for name, word, value, label in chips
    ]


def choices_for(user, queue: Queue) -> list[dict]:
    """The filters one chooses from a list: field of law, ward, and for leaders the officer."""
    fields = FieldOfLaw.objects.order_by("name").values_list("slug", "name")
    lists = [
        {"name": "linh-vuc", "label": _("Tất cả lĩnh vực"), "title": _("Lĩnh vực"), "options": list(fields)},
        {
            "name": "phuong", "label": _("Mọi phường, xã"), "title": _("Phường, xã"),
            "options": sorted(ward_codes().items(), key=lambda pair: pair[1]),
        },
    ]  # fmt: skip
    units = duties_of(user).units(Role.LEADER)
    if units and queue.key != "cua-toi":
        people = _officers(units)
        lists.append({"name": "nguoi", "label": _("Mọi chuyên viên"), "title": _("Chuyên viên"), "options": people})
    return lists


def _officers(units: list[int]) -> list[tuple[str, str]]:
    rows = Posting.objects.in_force().filter(unit_id__in=units, role=Role.OFFICER).select_related("user")
    return sorted({p.user.username: str(p.user) for p in rows}.items(), key=lambda pair: pair[1])
