"""Roots are signed with a key that the database does not hold, and can be compared with what is kept outside."""

import base64
import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pgtrigger
import pytest
from django.core.management import CommandError, call_command

from audit.models import DailyRoot
from audit.sealing import seal_finished_days
from audit.signing import known_keys, public_text
from audit.verification import Break, verify
from tests.audit.support import remove, write_on

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 3, tzinfo=UTC)
ONE, TWO = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))


def sealed() -> DailyRoot:
    write_on(MONDAY, "dossier:1", 1)
    (root,) = seal_finished_days(at=MONDAY + timedelta(days=2))
    return root


def change(**values) -> None:
    with pgtrigger.ignore("audit.DailyRoot:no_change"):
        DailyRoot.objects.update(**values)


def rewrite_the_past() -> DailyRoot:
    """What somebody with the database and with the signing key could do: another entry, sealed anew."""
    with pgtrigger.ignore("audit.DailyRoot:no_change"):
        DailyRoot.objects.all().delete()
    remove(*_entries())
    write_on(MONDAY, "dossier:1", 1, act="refuse")
    (root,) = seal_finished_days(at=MONDAY + timedelta(days=2))
    return root


def _entries():
    from audit.models import AuditEntry

    return list(AuditEntry.objects.all())


@pytest.mark.parametrize(
    "values", [{"signature": ""}, {"signature": "A" * 88}, {"signature": "không"}, {"key": "0" * 16}, {"key": ""}]
)
def test_a_root_without_a_signature_of_a_known_key_is_found(values):
    sealed()
    change(**values)
    with pytest.raises(Break, match="day 2026-03-02: its daily root does not carry the signature of a key known here"):
        verify()


def test_a_past_sealed_with_another_key_is_found(settings):
    settings.AUDIT_SIGNING_KEY = ONE
    sealed()
    settings.AUDIT_SIGNING_KEY = TWO
    rewrite_the_past()
    settings.AUDIT_SIGNING_KEY = ONE
    with pytest.raises(Break, match="does not carry the signature"):
        verify()


def test_a_new_key_takes_over_and_the_old_public_key_still_proves(settings):
    settings.AUDIT_SIGNING_KEY = ONE
    old = public_text()
    sealed()
    settings.AUDIT_SIGNING_KEY = TWO
    with pytest.raises(Break):
        verify()
    settings.AUDIT_PUBLIC_KEYS = [old]
    assert verify().days == 1 and len(known_keys()) == 2
    out = StringIO()
    call_command("audit_key", stdout=out)
    assert old in out.getvalue() and ONE not in out.getvalue() and TWO not in out.getvalue()


@pytest.mark.parametrize("form", ["line", "json"])
def test_a_past_rewritten_with_the_key_itself_is_found_by_what_is_kept_outside(tmp_path, form):
    root = sealed()
    kept = tmp_path / "kept.txt"
    said = {"day": "2026-03-02", "root": root.root}
    kept.write_text(json.dumps(said) if form == "json" else f"# của Thanh tra\n2026-03-02 {root.root}\n")
    call_command("verify_audit", root=str(kept), stdout=StringIO())
    rewrite_the_past()
    call_command("verify_audit", stdout=StringIO())  # from the inside everything fits
    with pytest.raises(CommandError, match="day 2026-03-02: its root is not the one that is kept outside"):
        call_command("verify_audit", root=str(kept), stdout=StringIO())


def test_a_day_kept_outside_that_is_missing_here_is_found(tmp_path):
    kept = tmp_path / "kept.txt"
    kept.write_text(f"2026-03-02 {'0' * 64}\n")
    with pytest.raises(CommandError, match="here it is missing"):
        call_command("verify_audit", root=str(kept), stdout=StringIO())


@pytest.mark.parametrize("text", ["", "hello", "2026-13-01 x", '{"day": 1}', "{"])
def test_a_file_that_holds_no_roots_is_said(tmp_path, text):
    kept = tmp_path / "kept.txt"
    kept.write_text(text)
    with pytest.raises(CommandError, match=r"holds no root|line 1"):
        call_command("verify_audit", root=str(kept), stdout=StringIO())
