"""The command that keeps Vietnamese and English together."""

import gettext
from io import BytesIO

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from django.core.management import CommandError, call_command

from hanoi_psc.management.commands import translations


def catalog(**messages):
    made = Catalog(locale="en")
    for key, value in messages.items():
        made.add(key, value, locations=[("a.py", 1)])
    return made


def test_python_and_templates_are_both_read():
    ids = {translations.key_of(message) for message in translations.read_sources()}
    assert {"Họ và tên", "Đến nội dung chính", "Hồ sơ chưa nộp: %(name)s"} <= ids


def test_an_id_without_english_is_a_problem():
    assert "no English" in translations.find_problems(catalog(xin="", chào=""), catalog(xin="please", chào=""))[0]
    assert "no English" in translations.find_problems(catalog(xin=""), catalog())[0]


def test_a_translation_nobody_uses_is_a_problem():
    assert "left over" in translations.find_problems(catalog(), catalog(cũ="old"))[0]


def test_a_placeholder_that_is_not_in_the_id_is_a_problem():
    sources, translated = Catalog(), Catalog(locale="en")
    sources.add("Còn %(n)s ngày", locations=[("a.py", 1)])
    translated.add("Còn %(n)s ngày", "%(days)s days left")
    assert "placeholders differ" in translations.find_problems(sources, translated)[0]


def test_agreeing_catalogues_have_no_problem():
    assert translations.find_problems(catalog(xin=""), catalog(xin="please")) == []


def test_check_fails_with_the_places(monkeypatch):
    monkeypatch.setattr(translations, "read_sources", lambda: catalog(mới=""))
    monkeypatch.setattr(translations, "read_catalog", lambda path: catalog())
    with pytest.raises(CommandError, match=r"a\.py:1"):
        call_command("translations", "check")


@pytest.mark.parametrize("language", ["en", "vi"])
def test_what_is_compiled_is_what_gettext_reads(language):
    source = translations.read_catalog(translations.po_path(language))
    out = BytesIO()
    write_mo(out, source)
    out.seek(0)
    loaded = gettext.GNUTranslations(out)
    some = [m for m in source if m.id and isinstance(m.id, str) and m.string and not m.context and not m.fuzzy]
    assert some and all(loaded.gettext(m.id) == m.string for m in some)
