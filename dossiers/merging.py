"""When two accounts of one person become one (accounts.merging), their dossiers, drafts and files come along."""

from accounts import merging
from accounts.models import User
from audit.services import Actor, record_many
from dossiers.models import Dossier, StoredFile


def move(*, source: User, target: User, actor: Actor) -> dict[str, int]:
    """Hand everything that `source` filed or began to `target`; each dossier's own record says so."""
    owned = list(Dossier.everything.filter(owner=source).order_by("pk").select_for_update(of=["self"]))
    Dossier.everything.filter(owner=source, created_by=source).update(created_by=target)
    Dossier.everything.filter(owner=source).update(owner=target)
    files = StoredFile.objects.filter(uploaded_by=source).update(uploaded_by=target)
    record_many(
        {
            "chain": dossier.chain,
            "act": "owner_merged",
            "actor": actor,
            "subject_type": "dossier",
            "subject_id": dossier.pk,
            "before": {"owner": source.pk},
            "after": {"owner": target.pk},
        }
        for dossier in owned
    )
    return {"dossiers": len(owned), "files": files}


def register() -> None:
    merging.register(move)
