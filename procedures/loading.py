"""From the catalogue's files to rows: idempotent, and never touching a released version."""

import csv
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import yaml
from django.db import connection, transaction
from django.utils.text import slugify

from branches.models import Branch, BranchArea, CompetentUnit, FieldOfLaw, ServicePoint, UnitArea
from branches.selectors import forget_areas
from places.models import FormerDistrict, FormerWard, Ward, WardChange
from places.text import fold
from procedures import answers, versions
from procedures.catalogue import Entry, fields_of, read
from procedures.models import FieldGroup, FieldGroupVersion, LifeEvent, Procedure
from procedures.spec import Spec
from worktime.calendars import ensure_default_calendar

# Rooms above that keep part of a city's facts add their loader in AppConfig.ready(): loader(directory, made).
extra_loaders: list[Callable[[Path, Counter], None]] = []


class CatalogueError(Exception):
    """The files cannot be loaded; `problems` says each mistake."""

    def __init__(self, problems: list[str]):
        super().__init__("\n".join(problems))
        self.problems = problems


def load(directory: Path) -> Counter:
    """Load everything under `directory` in one transaction and count what was made. Raises CatalogueError.

    The first version of a procedure is released at once. A file changed later makes a draft for an admin to release.
    """
    catalogue = read(directory)
    if catalogue.problems:
        raise CatalogueError(catalogue.problems)
    made: Counter = Counter()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('load_catalogue'))")  # two loads wait for each other
        ensure_default_calendar()
        _load_places(directory, made)
        _load_organisation(directory, made)
        _load_life_events(directory)
        _load_groups(catalogue.groups)
        fields = {f.name: f for f in FieldOfLaw.objects.all()}
        known = Procedure.objects.in_bulk(field_name="code")
        for entry in catalogue.entries:
            _load_entry(entry, fields, known.get(entry.spec.code), made)
        for loader in extra_loaders:
            loader(directory, made)
    answers.forget_wards()
    forget_areas()
    return made


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _upsert(model, rows, unique: list[str], made: Counter) -> None:
    """Insert new rows, refresh the facts of known ones; what an admin filled in and the file leaves out stays."""
    if not rows:
        return
    before = model.objects.count()
    plain = [f.attname for f in model._meta.concrete_fields if not f.primary_key or f.name in unique]
    update = [f for f in plain if f not in unique and f.removesuffix("_id") not in unique and f not in _ADMIN_OWNS]
    names = [f.name for f in model._meta.concrete_fields if f.attname in update]
    model.objects.bulk_create(rows, update_conflicts=True, unique_fields=unique, update_fields=names)
    made[model._meta.verbose_name_plural] += model.objects.count() - before


_ADMIN_OWNS = {"address", "phone", "calendar_key", "is_active"}


def _load_places(directory: Path, made: Counter) -> None:
    _upsert(
        FormerDistrict,
        [
            FormerDistrict(
                code=r["code"], name=r["name"], latitude=float(r["latitude"]), longitude=float(r["longitude"])
            )
            for r in _rows(directory / "former-districts.csv")
        ],
        ["code"],
        made,
    )
    wards = [
        Ward(
            code=r["code"],
            name=r["name"],
            kind=r["kind"],
            latitude=float(r["latitude"]),
            longitude=float(r["longitude"]),
            former_district_id=r["former_district_code"],
            search=fold(r["name"]),
        )
        for r in _rows(directory / "wards.csv")
    ]
    _upsert(Ward, wards, ["code"], made)
    former = [
        FormerWard(code=r["code"], name=r["name"], district_id=r["district_code"], search=fold(r["name"]))
        for r in _rows(directory / "former-wards.csv")
    ]
    _upsert(FormerWard, former, ["code"], made)
    changes = [
        WardChange(former_ward_id=r["former_ward_code"], ward_id=r["ward_code"], share=r["share"])
        for r in _rows(directory / "ward-changes.csv")
    ]
    _upsert(WardChange, changes, ["former_ward", "ward"], made)


def _load_organisation(directory: Path, made: Counter) -> None:
    branches = [
        Branch(
            number=int(r["number"]),
            code=r["code"],
            name=r["name"],
            ward_id=r["ward_code"],
            address=r["address"],
            opened_on=date.fromisoformat(r["opened_on"]),
            assumed=r["assumed"] == "yes",
        )
        for r in _rows(directory / "branches.csv")
    ]
    _upsert(Branch, branches, ["code"], made)
    branch_ids = dict(Branch.objects.values_list("number", "id"))
    branch_codes = dict(Branch.objects.values_list("code", "id"))
    areas = [
        BranchArea(ward_id=r["code"], branch_id=branch_ids[int(r["branch"])]) for r in _rows(directory / "wards.csv")
    ]
    BranchArea.objects.bulk_create(areas, ignore_conflicts=True)
    points = [
        ServicePoint(
            code=r["code"],
            branch_id=branch_codes[r["branch_code"]],
            name=r["name"],
            ward_id=r["ward_code"],
            assumed=r["assumed"] == "yes",
        )
        for r in _rows(directory / "service-points.csv")
    ]
    _upsert(ServicePoint, points, ["code"], made)
    _load_units(_rows(directory / "units.csv"), made)


def _load_units(rows: list[dict[str, str]], made: Counter) -> None:
    units = [
        CompetentUnit(
            code=r["code"], kind=r["kind"], name=r["name"], short_name=r["short_name"], assumed=r["assumed"] == "yes"
        )
        for r in rows
    ]
    _upsert(CompetentUnit, units, ["code"], made)
    ids = dict(CompetentUnit.objects.values_list("code", "id"))
    for row in rows:
        if row["parent_code"]:
            CompetentUnit.objects.filter(code=row["code"], parent=None).update(parent_id=ids[row["parent_code"]])
    areas = [
        UnitArea(unit_id=ids[r["code"]], kind=r["kind"], ward_id=ward)
        for r in rows
        for ward in filter(None, r["ward_codes"].split(";"))
    ]
    UnitArea.objects.bulk_create(areas, ignore_conflicts=True)


def _load_life_events(directory: Path) -> None:
    with (directory / "life-events.yaml").open(encoding="utf-8") as file:
        for position, row in enumerate(yaml.safe_load(file)):
            LifeEvent.objects.update_or_create(
                key=row["key"],
                defaults={"name": row["name"], "text": row["text"], "icon": row["icon"], "position": position},
            )


def _load_groups(groups: dict) -> None:
    """The shared groups as rows. A file that changes one raises its `version`; what is stored never changes."""
    stored = {(v.group_id, v.number): v.fields for v in FieldGroupVersion.objects.all()}
    for key, data in groups.items():
        number, fields = data.get("version", 1), fields_of(data)
        if (key, number) in stored:
            if stored[key, number] != fields:
                raise CatalogueError([f"groups.yaml: nhóm {key} đã đổi, hãy tăng version (đang là {number})"])
            continue
        FieldGroup.objects.update_or_create(key=key, defaults={"title": data["title"]})
        FieldGroupVersion.objects.create(
            group_id=key,
            number=number,
            title=data["title"],
            prefix=data["prefix"],
            fields=fields,
            note="Nạp từ danh mục",
        )


def _load_entry(entry: Entry, fields: dict[str, FieldOfLaw], procedure: Procedure | None, made: Counter) -> None:
    spec = entry.spec
    if spec.field_of_law not in fields:
        fields[spec.field_of_law] = field_of_law(spec.field_of_law)
    if procedure is not None and procedure.versions.filter(digest=spec.digest).exists():
        return
    first = procedure is None
    if first:
        procedure = save_head(Procedure(code=spec.code), spec, fields[spec.field_of_law], entry)
        made["thủ tục"] += 1
    version = versions.write(spec, procedure, note="Nạp từ danh mục")
    if first:
        versions.publish(version, reason="Nạp danh mục lần đầu", legal_ground=spec.legal_basis)
    else:
        made["bản nháp"] += 1


def field_named(name: str) -> FieldOfLaw | None:
    """The field of law of this name, however its accents and capitals are written."""
    return next((field for field in FieldOfLaw.objects.all() if fold(field.name) == fold(name)), None)


def field_of_law(name: str) -> FieldOfLaw:
    """The field of law of this name, made when nobody used it before."""
    found = FieldOfLaw.objects.filter(name=name).first() or field_named(name)
    if found is None:
        slug = slugify(fold(name))[:110] or "linh-vuc"
        taken = FieldOfLaw.objects.filter(slug__startswith=slug).count()
        found = FieldOfLaw.objects.create(name=name, slug=f"{slug}-{taken + 1}" if taken else slug)
    return found


def save_head(procedure: Procedure, spec: Spec, field: FieldOfLaw, entry: Entry | None = None) -> Procedure:
    """What lists and searches show of a procedure that is new or locked, taken from the version in force."""
    for name in ("name", "short_name", "short_name_en", "summary", "ministry", "audience"):
        setattr(procedure, name, getattr(spec, name))
    procedure.field_of_law = field
    if entry is not None:
        procedure.popularity = entry.popularity
        procedure.keywords = entry.keywords
        procedure.national_non_territorial = entry.national_non_territorial
    procedure.search_name = fold(f"{spec.short_name} {spec.short_name_en}")
    procedure.search = fold(
        " ".join((spec.code, spec.short_name, spec.short_name_en, procedure.keywords, spec.name, spec.field_of_law))
    )
    procedure.save()
    if entry is not None:
        procedure.life_events.set(entry.life_events)
    return procedure
