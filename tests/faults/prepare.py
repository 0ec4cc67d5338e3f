"""Fill a portal of its own with what the fault tests need, and print it as JSON; run as a process by tests.faults.rig.

The people are made by the same services as in every other test: a citizen, the clerk of the branch, two officers and a
leader of the unit that the dossiers go to, each with a bearer token.
"""

import json
import os
from io import StringIO

PROCEDURE = "1.001193"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hanoi_psc.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from procedures import loading

    call_command("prepare", no_load=True, stdout=StringIO())
    loading.load(settings.CATALOGUE_DIR)
    print(json.dumps(people_and_body()))


def people_and_body() -> dict:
    from accounts.models import ApiToken
    from branches.models import Role
    from procedures.schema import example_answers
    from tests import world

    citizen, spec = world.person("Nguyễn Thị Bền"), world.spec(PROCEDURE)
    answers = example_answers(spec)
    branch = world.branch_number(1)
    unit = world.unit_of_kind(spec.unit_kind, answers[spec.routing_field])
    staff = {
        "clerk": world.clerk(branch),
        "officer": world.posted(Role.OFFICER, unit=unit),
        "officer2": world.posted(Role.OFFICER, unit=unit),
        "leader": world.posted(Role.LEADER, unit=unit),
    }
    return {
        "tokens": {name: ApiToken.issue(user) for name, user in {"citizen": citizen, **staff}.items()},
        "body": {
            "procedure": PROCEDURE,
            "branch": branch.code,
            "answers": answers,
            "files": world.required_files(spec, answers, citizen),
        },
    }


if __name__ == "__main__":
    main()
