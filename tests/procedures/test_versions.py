"""A version is read whole in one query, kept once it is released, and never before that is certain."""

from dataclasses import replace

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from procedures import versions
from procedures.models import Procedure, ProcedureVersion
from tests import world
from tests.procedures.kinds import spec_of_all_kinds


@pytest.fixture
def draft(catalogue):
    return versions.write(spec_of_all_kinds(), Procedure.objects.get(code="1.001193"))


def read_anew(version):
    """As another process would: with an empty memory of its own."""
    versions.forget(version.pk)
    return versions.read(version.pk)


def test_what_is_written_is_what_is_read(draft):
    assert versions.read(draft.pk).digest == spec_of_all_kinds().digest == draft.digest


def test_reading_costs_one_query(draft, django_assert_num_queries):
    with django_assert_num_queries(1):
        versions.read(draft.pk)


def test_a_draft_is_read_afresh_each_time(draft):
    assert versions.read(draft.pk).summary != "Khác"
    ProcedureVersion.objects.filter(pk=draft.pk).update(summary="Khác")
    assert versions.read(draft.pk).summary == "Khác"


def test_a_released_version_is_shared_by_processes(catalogue, django_assert_num_queries):
    version = ProcedureVersion.objects.get(pk=world.spec().version_id)
    cache.delete(versions.cache_key(version.pk))
    read_anew(version)
    with django_assert_num_queries(0):
        assert read_anew(version).digest == version.digest


def test_the_cache_says_the_same_as_the_rows(catalogue):
    """Nothing is lost on the way through the shared cache: tuples, dates, numbers, nested questions."""
    for code in ("2.000815", "2.000986", "1.013949"):
        version = ProcedureVersion.objects.get(pk=world.spec(code).version_id)
        cache.delete(versions.cache_key(version.pk))
        from_rows = read_anew(version)
        assert read_anew(version) == from_rows


def test_a_release_that_is_not_committed_is_not_kept(draft):
    with pytest.raises(RuntimeError), transaction.atomic():
        versions.publish(draft)
        versions.read(draft.pk)
        raise RuntimeError("the release is undone")
    ProcedureVersion.objects.filter(pk=draft.pk).update(summary="Sửa sau khi hủy ban hành")
    assert read_anew(draft).summary == "Sửa sau khi hủy ban hành"
    assert cache.get(versions.cache_key(draft.pk)) is None


def test_a_new_version_is_not_what_the_cache_knew_of_its_number(draft):
    """The cache outlived another database of the same name, in which the number was another version."""
    cache.set(versions.cache_key(draft.pk + 1), {"code": "9.999999"})
    following = versions.write(spec_of_all_kinds(), draft.procedure)
    assert following.pk == draft.pk + 1
    assert versions.read(following.pk).code == "1.001193"


def test_a_release_is_read_anew_once_it_is_certain(draft, django_capture_on_commit_callbacks):
    cache.set(versions.cache_key(draft.pk), {"code": "9.999999"})
    with django_capture_on_commit_callbacks(execute=True):
        versions.publish(draft)
    assert read_anew(draft).code == "1.001193"


def test_two_databases_share_no_versions(monkeypatch):
    here = versions.cache_key(1)
    monkeypatch.setitem(connection.settings_dict, "NAME", "another")
    assert versions.cache_key(1) != here


def test_a_new_attribute_changes_no_digest(catalogue):
    """What has its default is left out of the digest, so that a field the program learns later makes no draft."""
    spec = spec_of_all_kinds()
    assert replace(spec, any_branch=True).digest == spec.digest
    assert "supplement_days" not in spec.as_brief()
    assert replace(spec, supplement_days=5).digest != spec.digest
