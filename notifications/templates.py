"""What can be said, and what each saying needs. The words are in templates/notifications/<key>.<language>.txt."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.template import Context, Engine, Template

LANGUAGES = ("vi", "en")
SUBJECT_LENGTH = 250
CASE = ("code", "procedure")


@dataclass(frozen=True)
class Saying:
    """`to` is who reads it; `needs` must be in the context, `may` is said if there. All values are ready text."""

    to: str
    needs: tuple[str, ...] = CASE
    may: tuple[str, ...] = ()


SAYINGS: dict[str, Saying] = {
    # to the applicant
    "account_welcome": Saying("citizen", needs=()),
    "account_phone_released": Saying("citizen", needs=()),
    "account_merged": Saying("citizen", needs=()),
    "new_device": Saying("citizen", needs=("device", "at"), may=("ip",)),
    "draft_reminder": Saying("citizen", needs=("procedure",)),
    "dossier_submitted": Saying("citizen", may=("branch", "due")),  # due: by when it will be answered
    "dossier_received": Saying("citizen", needs=(*CASE, "due"), may=("branch",)),
    "dossier_refused": Saying("citizen", needs=(*CASE, "reason")),
    "supplement_asked": Saying("citizen", needs=(*CASE, "reason", "due")),
    "supplement_reminder": Saying("citizen", needs=(*CASE, "due")),
    "dossier_stopped": Saying("citizen", needs=(*CASE, "reason")),
    "dossier_withdrawn": Saying("citizen"),
    "payment_required": Saying("citizen", may=("amount", "due", "reason")),
    "payment_reminder": Saying("citizen", may=("amount", "due")),
    "payment_settled": Saying("citizen", may=("amount",)),
    "result_ready": Saying("citizen", may=("branch",)),
    "result_ready_early": Saying("citizen", may=("branch", "due")),  # due: the day that was promised
    "result_rejected": Saying("citizen", needs=(*CASE, "reason"), may=("branch",)),
    "result_returned": Saying("citizen"),
    "dossier_claimed": Saying("citizen"),
    "apology_repromised": Saying("citizen", needs=(*CASE, "reason", "due")),
    "draft_moved": Saying("citizen", needs=("procedure",)),
    "procedure_retired": Saying("citizen", needs=("procedure",)),
    "procedure_suspended": Saying("citizen", needs=("procedure", "reason"), may=("code",)),
    "procedure_resumed": Saying("citizen", needs=("procedure",)),
    # to those who work on it
    "supplement_given": Saying("staff"),
    "dossier_transferred": Saying("officer", may=("unit", "due")),
    "dossier_reassigned": Saying("officer", may=("reason", "due")),
    "step_waiting": Saying("staff", may=("step", "due")),
    "answer_warning": Saying("clerk", needs=(*CASE, "due")),
    "opinion_asked": Saying("staff", may=("unit", "reason", "due")),  # unit: who asks
    "opinion_late": Saying("staff", may=("unit", "due")),  # unit: whose opinion is late
    "file_infected": Saying("staff"),
    "due_warning": Saying("officer", needs=(*CASE, "due"), may=("percent",)),
    "due_one_day_left": Saying("leader", needs=(*CASE, "due"), may=("unit",)),
    "dossier_overdue": Saying("branch head", needs=(*CASE, "due"), may=("unit",)),
    "emergency_opened": Saying("branch head", needs=(*CASE, "who", "reason", "due")),  # due: until when
    "version_moved": Saying("officer", needs=(*CASE, "reason"), may=("step",)),
    "release_asked": Saying("admin", needs=(*CASE, "version", "who", "reason")),
    "release_approved": Saying("admin", needs=(*CASE, "version", "who", "due")),  # due: in force from
    "release_refused": Saying("admin", needs=(*CASE, "version", "who", "reason")),
    # to whoever keeps our daily roots outside
    "audit_root": Saying(
        "keeper", needs=("day", "root", "previous_root", "entries", "chains", "key", "public_key", "signature")
    ),
    "dossier_overdue_monitor": Saying("monitor", needs=(*CASE, "due"), may=("unit", "branch")),
}


class MissingContext(LookupError):
    """The caller did not give what the saying needs: a mistake in the program, found by its first test."""


def render(key: str, language: str, context: dict) -> tuple[str, str]:
    """Subject and body of a saying. Values are inserted as they are: these are plain text, not HTML."""
    missing = [name for name in SAYINGS[key].needs if not context.get(name)]
    if missing:
        raise MissingContext(f"{key} needs {', '.join(missing)}")
    subject, body = _compiled(key, language)
    values = Context(context, autoescape=False)
    # A line break in a value must not become a second mail header.
    return " ".join(subject.render(values).split())[:SUBJECT_LENGTH], body.render(values).strip()


@cache
def _compiled(key: str, language: str) -> tuple[Template, Template]:
    source = (_folder() / f"{key}.{language}.txt").read_text(encoding="utf-8")
    subject, _newline, body = source.partition("\n")
    engine = Engine(autoescape=False)
    return engine.from_string(subject), engine.from_string(body)


def _folder() -> Path:
    return Path(settings.BASE_DIR) / "templates" / "notifications"
