"""The names of all wards and what became of the former ones, kept for the life of the process.

Wards change by law, with a new catalogue; whoever loads one calls `forget`.
"""

from dataclasses import dataclass

from places.models import FormerWard, Ward, WardChange

_wards: dict[str, str] = {}
_former: dict[str, "Former"] = {}
_ages = [0]


@dataclass(frozen=True, slots=True)
class Former:
    """A former ward. `now` are the wards that hold it, `main` the one that holds all or most of it ("" for none)."""

    code: str
    name: str
    district: str
    now: tuple[str, ...]
    main: str

    def __str__(self) -> str:
        return f"{self.name} ({self.district})"


def ward_codes() -> dict[str, str]:
    """Code → name of every ward."""
    if not _wards:
        _wards.update(Ward.objects.values_list("code", "name"))
    return _wards


def former_wards() -> dict[str, Former]:
    """Code → former ward, by district and name."""
    if not _former:
        changes: dict[str, list[tuple[str, str]]] = {}
        for former, ward, share in WardChange.objects.order_by("pk").values_list("former_ward_id", "ward_id", "share"):
            changes.setdefault(former, []).append((ward, share))
        rows = FormerWard.objects.select_related("district").order_by("district__name", "search")
        _former.update((row.code, _former_of(row, changes.get(row.code, []))) for row in rows)
    return _former


def _former_of(row: FormerWard, changes: list[tuple[str, str]]) -> Former:
    large = [ward for ward, share in changes if share in (WardChange.Share.WHOLE, WardChange.Share.MAIN)]
    main = large[0] if len(large) == 1 else changes[0][0] if len(changes) == 1 else ""
    return Former(row.code, row.name, row.district.name, tuple(ward for ward, _share in changes), main)


def forget() -> None:
    _wards.clear()
    _former.clear()
    _ages.append(_ages.pop() + 1)


def age() -> int:
    """A number that changes when what is known does: for whoever keeps what was made of it."""
    return _ages[0]
