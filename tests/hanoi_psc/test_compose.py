"""docker-compose.yml and Dockerfile, held against the Compose Specification and our own rules, without Docker."""

import re
import time

import jsonschema
import pytest
import yaml
from django.conf import settings
from django.core.cache import cache

from hanoi_psc import probe
from hanoi_psc.tasks import mark_seen

DURATION = {"type": "string", "pattern": r"^(\d+(us|ms|s|m|h))+$"}
TEXTS = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
NAME = "^[a-zA-Z0-9._-]+$"
HEALTHCHECK = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "disable": {"const": True},
        "test": {"type": "array", "minItems": 2, "items": [{"enum": ["CMD", "CMD-SHELL"]}]},
        "interval": DURATION,
        "timeout": DURATION,
        "start_period": DURATION,
        "retries": {"type": "integer", "minimum": 1},
    },
    "oneOf": [{"required": ["disable"]}, {"required": ["test", "interval", "timeout", "retries"]}],
}
DEPENDS_ON = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["condition"],
        "additionalProperties": False,
        "properties": {
            "condition": {"enum": ["service_started", "service_healthy", "service_completed_successfully"]},
            "restart": {"type": "boolean"},
        },
    },
}
SERVICE = {
    "type": "object",
    # Every key that a service of ours uses, with the form that the specification gives it: a misspelt key is refused.
    "additionalProperties": False,
    "required": ["image", "user", "restart", "healthcheck", "networks", "security_opt", "logging"],
    "properties": {
        "build": {"type": "string"},
        "image": {"type": "string", "pattern": r"^[a-z0-9./-]+:[\w][\w.-]*$"},
        "user": {"type": "string"},
        "read_only": {"type": "boolean"},
        "tmpfs": TEXTS,
        "cap_drop": TEXTS,
        "security_opt": TEXTS,
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
        "logging": {
            "type": "object",
            "required": ["driver"],
            "properties": {"options": {"type": "object", "additionalProperties": {"type": "string"}}},
        },
        "networks": TEXTS,
        "environment": {"type": "object", "additionalProperties": {"type": "string"}},
        "command": {"type": "array", "items": {"type": "string"}},
        "volumes": TEXTS,
        "ports": {"type": "array", "items": {"type": "string", "pattern": r"^127\.0\.0\.1:\d+:\d+$"}},
        "shm_size": {"type": "string", "pattern": r"^\d+(b|k|m|g|kb|mb|gb)$"},
        "stop_signal": {"type": "string", "pattern": "^SIG[A-Z]+$"},
        "stop_grace_period": DURATION,
        "depends_on": DEPENDS_ON,
        "healthcheck": HEALTHCHECK,
    },
}
FILE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["services"],
    "patternProperties": {"^x-": {}},
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
        "services": {"type": "object", "patternProperties": {NAME: SERVICE}, "additionalProperties": False},
        "networks": {"type": "object", "patternProperties": {NAME: {}}, "additionalProperties": False},
        "volumes": {"type": "object", "patternProperties": {NAME: {}}, "additionalProperties": False},
    },
}
INTERPOLATION = re.compile(r"\$\$|\$\{(?P<name>[A-Z_]+)(?P<rest>:[?-][^}]*)?\}|(?P<bad>\$)")


class NoDuplicates(yaml.SafeLoader):
    """A loader that refuses a key written twice, as Compose does and PyYAML does not."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value if key.value != "<<"]
        assert len(keys) == len(set(keys)), f"a key is written twice: {keys}"
        return super().construct_mapping(node, deep)


def text(name):
    return (settings.BASE_DIR / name).read_text()


@pytest.fixture(scope="module")
def compose():
    return yaml.load(text("docker-compose.yml"), NoDuplicates)


@pytest.fixture
def services(compose):
    return compose["services"]


def test_the_file_has_the_form_of_the_specification(compose):
    jsonschema.Draft7Validator(FILE).validate(compose)


@pytest.mark.parametrize(
    "path, value",
    [
        (["web", "depends_on", "db"], {"condition": "healthy"}),
        (["web", "ports"], ["8000:8000"]),
        (["web", "restart"], "sometimes"),
        (["web", "image"], "hanoi-psc"),
        (["web", "commnad"], ["x"]),
        (["db", "healthcheck", "interval"], 5),
    ],
)
def test_the_form_refuses_what_the_specification_refuses(compose, path, value):
    broken = yaml.safe_load(yaml.safe_dump(compose))
    place = broken["services"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(FILE).validate(broken)


def test_every_part_is_there(services):
    assert set(services) == {"web", "worker", "beat", "db", "valkey", "pgbouncer", "migrate"}
    assert services["db"]["image"].startswith("postgres:18")


def test_dependencies_exist_make_sense_and_have_no_circle(services):
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in services, f"{name} depends on {other}"
            if how["condition"] == "service_healthy":
                assert "test" in services[other]["healthcheck"], f"{name} waits for {other}, which has no healthcheck"
            if how["condition"] == "service_completed_successfully":
                assert services[other]["restart"] == "no", f"{other} never completes"
    done = set()
    while len(done) < len(services):
        ready = {n for n, s in services.items() if n not in done and set(s.get("depends_on", {})) <= done}
        assert ready, f"a circle among {set(services) - done}"
        done |= ready


def test_whoever_needs_tables_waits_for_the_migrations(services):
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_volumes_and_networks_are_declared_and_used(compose, services):
    used = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert used == set(compose["volumes"])
    assert {network for service in services.values() for network in service["networks"]} == set(compose["networks"])


def test_only_the_web_server_is_reached_from_outside_and_only_by_the_proxy_beside_it(services):
    assert {name for name, service in services.items() if "ports" in service} == {"web"}


def test_nobody_is_root_or_may_become_it(services):
    for name, service in services.items():
        assert service["user"].split(":")[0] not in ("", "root", "0"), name
        assert "no-new-privileges:true" in service["security_opt"], name


def test_our_own_containers_cannot_write_in_their_code(services):
    for name in ("web", "worker", "beat", "migrate"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]


def test_images_are_pinned(services):
    for service in services.values():
        assert service["image"].split(":")[1] not in ("latest", "edge", "main", "master")


def test_no_secret_is_written_down(compose):
    for name, service in compose["services"].items():
        for key, value in service.get("environment", {}).items():
            if re.search("SECRET|PASSWORD|TOKEN|KEY", key):
                assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value), f"{name}.{key} has a value"
            if "://" in value:
                assert re.search(r":\$\{[A-Z_]+:\?[^}]+\}@", value), f"{name}.{key} has a password"


def test_variables_have_the_form_that_compose_replaces_and_are_in_the_example():
    known = set(re.findall(r"(?m)^([A-Z_]+)=", text(".env.example")))
    lines = [line for line in text("docker-compose.yml").splitlines() if not line.lstrip().startswith("#")]
    found = list(INTERPOLATION.finditer("\n".join(lines)))
    assert [match.group() for match in found if match["bad"]] == []
    assert {match["name"] for match in found if match["name"]} <= known


def test_the_example_holds_no_secret():
    assert re.findall(r"(?m)^(?:\w*KEYS?|\w*PASSWORD)=.+$", text(".env.example")) == []


def test_commands_of_our_image_name_things_that_exist(services):
    from django.core.management import get_commands

    assert services["migrate"]["command"][:2] == ["python", "manage.py"]
    assert services["migrate"]["command"][2] in get_commands()
    for name in ("worker", "beat"):
        assert services[name]["command"][:3] == ["celery", "-A", "hanoi_psc"]


def instructions(name="Dockerfile"):
    """Return [(instruction, arguments)] with continued lines joined."""
    joined = text(name).replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def test_the_image_runs_as_nobody_special_with_pinned_bases_and_a_healthcheck():
    found = instructions()
    assert found[0][0] == "FROM"
    assert all(re.match(r"\S+:\d[\w.-]+( AS \w+)?$", what) for word, what in found if word == "FROM")
    users = [what for word, what in found if word == "USER"]
    assert users and users[-1].split(":")[0] not in ("root", "0")
    last = [word for word, _ in found]
    assert last.index("USER") < last.index("CMD")
    assert "HEALTHCHECK" in last


def test_the_image_holds_no_secret_and_no_working_directory_of_a_developer():
    for word, what in instructions():
        assert not (word in ("ENV", "ARG") and re.search("SECRET|PASSWORD|TOKEN|KEY", what)), what
    ignored = set(text(".dockerignore").split())
    assert {".git", ".env", "var", ".venv"} <= ignored


def test_the_probe_reads_the_sign_of_life_that_a_worker_leaves(monkeypatch):
    monkeypatch.setenv("REDIS_URL", settings.REDIS_URL)
    mark_seen("worker")
    assert probe.seen_lately("seen:worker")
    cache.set("seen:worker", int(time.time()) - probe.SEEN_LIMIT - 5)
    assert not probe.seen_lately("seen:worker")
    cache.delete("seen:worker")
    assert not probe.seen_lately("seen:worker")


@pytest.mark.django_db(transaction=True)
def test_the_probe_asks_the_web_server(live_server, monkeypatch):
    monkeypatch.setenv("ALLOWED_HOSTS", "localhost")
    assert probe.answers_200(f"{live_server.url}/alive")
    assert not probe.answers_200(f"{live_server.url}/no-such-page")
    assert not probe.answers_200("http://127.0.0.1:1/alive")
