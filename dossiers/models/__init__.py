from dossiers.models.dossier import Dossier
from dossiers.models.files import Attachment, SpentLink, StoredFile
from dossiers.models.records import (
    CodeCounter,
    FormerAnswers,
    IdempotencyKey,
    Note,
    Pause,
    Rating,
    SupplementRequest,
    Threshold,
    VersionMove,
)
from dossiers.models.rules import EmergencyAccess, LateDeclaration
from dossiers.models.work import WorkItem

__all__ = [
    "Attachment",
    "CodeCounter",
    "Dossier",
    "EmergencyAccess",
    "FormerAnswers",
    "IdempotencyKey",
    "LateDeclaration",
    "Note",
    "Pause",
    "Rating",
    "SpentLink",
    "StoredFile",
    "SupplementRequest",
    "Threshold",
    "VersionMove",
    "WorkItem",
]
