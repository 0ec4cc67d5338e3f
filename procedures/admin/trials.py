"""Trials of a draft, as its page in the admin minds them: told when their step goes, deleted with their version."""

from django.contrib import messages
from django.utils.translation import ngettext

from procedures import upstairs
from procedures.models import ProcedureVersion


class MindsTrials:
    """For the admin of versions."""

    def warn_of_trials(self, request, version: ProcedureVersion) -> None:
        """After a save: which trials stand on a step that is no longer there."""
        steps = set(version.steps.values_list("key", flat=True))
        for key, count in upstairs.standing_on(version).items():
            if key not in steps:
                said = ngettext(
                    "%(n)d bản thử đang đứng ở bước “%(key)s” vừa bị xóa hoặc đổi khóa; người thử phải làm lại từ đầu.",
                    "%(n)d bản thử đang đứng ở bước “%(key)s” vừa bị xóa hoặc đổi khóa; người thử phải làm lại từ đầu.",
                    count,
                )
                self.message_user(request, said % {"n": count, "key": key}, messages.WARNING)

    def get_deleted_objects(self, objs, request):
        """Only trials can stand on a version that was never released, and they go with it."""
        names, counts, missing_rights, protected = super().get_deleted_objects(objs, request)
        if all(not version.releases.exists() for version in objs):
            missing_rights, protected = set(), []
        return names, counts, missing_rights, protected

    def delete_model(self, request, obj) -> None:
        upstairs.clear_away(obj)
        super().delete_model(request, obj)
