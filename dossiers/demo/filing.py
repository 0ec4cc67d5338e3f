"""The beginning of a demo story: who applies, what the answers are, which papers come with them; and the drafts."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from branches.selectors import duties_of
from dossiers import storage
from dossiers.demo import names, papers
from dossiers.demo.people import Cast
from dossiers.demo.plots import Story
from dossiers.models import Dossier
from dossiers.recording import actor_for
from dossiers.services import drafts
from dossiers.services.submission import Filing, file_dossier
from places.text import fold
from procedures.schema import example_answers
from procedures.spec import Spec
from worktime import at


@dataclass(frozen=True)
class Applicant:
    """The person in the answers: an account's owner online, somebody at the counter otherwise."""

    name: str
    phone: str
    number: str
    birth_date: date
    ward: str
    address: str
    owner: User | None = None


def applicant(story: Story, cast: Cast) -> Applicant:
    rng = story.rng
    if story.online:
        pool = cast.businesses if story.spec.audience == "business" else cast.citizens
        # The first account is the one that visitors try: it has something of everything.
        owner = pool[0] if rng.random() < 0.12 else rng.choice(pool)
        return Applicant(
            owner.full_name,
            owner.phone,
            owner.personal_number,
            owner.birth_date,
            owner.ward_id,
            owner.address_line,
            owner,
        )
    ward = rng.choice(cast.busy) if rng.random() < 0.6 else rng.choice(cast.wards)
    born = date(rng.randrange(1955, 2004), rng.randrange(1, 13), rng.randrange(1, 28))
    return Applicant(
        names.person_name(rng), names.phone(rng), names.personal_number(rng, born), born, ward, names.address(rng)
    )


def answers_of(spec: Spec, who: Applicant, rng: Random, today: date) -> dict[str, Any]:
    """The form's examples, with this applicant, other names, and dates that have come by `today`."""
    mine = {
        "applicant_name": who.name,
        "applicant_phone": who.phone,
        "applicant_personal_number": who.number,
        "applicant_birth_date": who.birth_date.isoformat(),
        "applicant_ward": who.ward,
        "applicant_address": who.address,
    }
    answers = example_answers(spec)
    routing = answers[spec.routing_field]  # a ward, or an address with one
    mine[spec.routing_field] = {**routing, "ward": who.ward} if isinstance(routing, dict) else who.ward
    answers.pop("applicant_email", None)
    if who.owner and who.owner.email and rng.random() < 0.2:  # a few only: letters of the past would fill var/mail
        answers["applicant_email"] = who.owner.email
    for key, value in answers.items():
        field = spec.fields[key]
        if key in mine:
            answers[key] = mine[key]
        elif field.kind == "date" and field.maximum == "today" and value > today.isoformat():
            answers[key] = (today - timedelta(days=rng.randrange(1, 20))).isoformat()
        elif field.kind == "text" and isinstance(value, str):
            answers[key] = _other_name(value, rng)
    return answers


def _other_name(value: str, rng: Random) -> str:
    if names.is_person_name(value):
        return names.person_name(rng)
    return names.business_name(rng) if value.startswith("Công ty TNHH") else value


def papers_for(spec: Spec, answers: dict, by: User, rng: Random) -> dict[str, list[str]]:
    """Uploads of `by` for the papers these answers call for (scanned at the counter); optional ones now and then."""
    asked = [d for d in spec.asks(answers) if d.required or rng.random() < 0.25]
    return {d.key: [upload(d.name, by, rng)] for d in asked}


def upload(title: str, by: User, rng: Random) -> str:
    photo = rng.random() < 0.3
    name = file_name(title) + (".png" if photo else ".pdf")
    content = papers.png(title) if photo else papers.pdf(title)
    return str(storage.store(ContentFile(content, name=name), name=name, by=by).pk)


def file_name(title: str) -> str:
    """As people name a scan: "Giấy chứng sinh" → "giay-chung-sinh"."""
    return "-".join(re.findall(r"[a-z0-9]+", fold(title)))[:50].strip("-")


def file(story: Story, cast: Cast, moment: datetime) -> Dossier:
    """Submit the story's dossier at `moment`: online by its owner, or by a clerk for a person at the counter."""
    who = applicant(story, cast)
    answers = answers_of(story.spec, who, story.rng, timezone.localdate(moment))
    branch = cast.branch_of(story.spec.ward_of(answers) if not story.spec.any_branch else who.ward)
    if story.spec.any_branch and story.rng.random() < 0.2:  # anybody may go to any branch
        branch = cast.branch_of(story.rng.choice(cast.wards))
    by = who.owner or story.rng.choice(cast.clerks[branch.pk])
    way = story.rng.choice([w for w in story.spec.returns if w != "post"] or ["counter"])
    with at(moment):
        files = papers_for(story.spec, answers, by, story.rng)
        filing = Filing(answers, files, branch=branch, channel="online" if who.owner else "counter", return_by=way)
        actor = actor_for(by, Dossier(owner=who.owner, branch=branch), duties_of(by))
        return file_dossier(spec=story.spec, filing=filing, by=by, actor=actor, owner=who.owner)


def draft(spec: Spec, owner: User, rng: Random, moment: datetime) -> Dossier:
    """A draft with its first sections filled in and one paper attached, as somebody leaves it for later."""
    with at(moment):
        made = drafts.start_draft(spec=spec, by=owner, owner=owner, prefill=drafts.account_answers(spec, owner))
        examples = example_answers(spec) | made.answers
        for section in spec.sections[: rng.randrange(1, max(2, len(spec.sections)))]:
            raw = {f.key: examples[f.key] for f in section.fields if f.key in examples}
            drafts.save_section(dossier_id=made.pk, spec=spec, section=section, raw=raw)
        if spec.documents:
            document = spec.documents[0]
            paper = ContentFile(papers.pdf(document.name), name=f"{file_name(document.name)}.pdf")
            drafts.attach(dossier_id=made.pk, spec=spec, requirement=document.key, upload=paper, by=owner)
        return made
