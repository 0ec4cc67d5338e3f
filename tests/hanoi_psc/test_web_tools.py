"""What `make check` looks for before anything is deployed: secrets written down, packages with known holes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

sys.path.insert(0, str(settings.BASE_DIR / "tools"))

import audit_dependencies
import pins
import secret_scan

BITS = "q7Xv2Lp9Zk4Tn8Wd3Rb6Yc1Hf5Jg0Ms"  # check-only: joined below, so that no line of this file is a finding
PLANTED = {
    "key.pem": "-----BEGIN RSA " + "PRIVATE KEY-----\nabc\n",
    "openssh.txt": "-----BEGIN OPENSSH " + "PRIVATE KEY-----\n",
    "settings.py": "SECRET_" + f'KEY = "{BITS}"\n',
    ".env": "BLIND_" + f"KEY={BITS}=\n",
    "fields.env": "FIELD_" + f"KEYS=1:{BITS}=\n",
    "deep/config.yml": "api_" + f"key: {BITS}\n",
    "data.json": '{"access_' + f'token": "{BITS}"}}\n',
    "hex.txt": "pass" + "word = 9f86d081884c7d659a2feaa0c55ad015\n",
    "cloud.txt": "AK" + "IAIOSFODNN7EXAMPLE\n",
    "forge.txt": "gh" + f"p_{BITS}12345\n",
    "url.txt": "postgresql:" + "//psc:Hoa-Sen-2026@db:5432/psc\n",
    "jwt.txt": "ey" + f"J{BITS}.ey" + f"J{BITS}.{BITS}\n",
}
INNOCENT = {
    "a.py": 'SECRET_KEY = env.str("SECRET_KEY", "")\npassword = get_random_string(12)\n',
    "b.env": "SECRET_" + "KEY=\nPOSTGRES_PASSWORD=${POSTGRES_PASSWORD}\n",
    "c.md": "postgresql:" + "//user:password@host:5432/name\n",
    "d.py": 'token_count_of_the_whole = "a-very-ordinary-sentence-of-words"\n',
    "e.txt": "SECRET_" + f"KEY={BITS} check-only\n",
}


def plant(directory: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_a_planted_secret_is_found_and_not_repeated(name, tmp_path):
    plant(tmp_path, {name: PLANTED[name]})
    (line,) = {found.rpartition(":")[0] for found in secret_scan.scan(tmp_path)}
    assert line == f"{name}:1"
    assert BITS not in "".join(secret_scan.scan(tmp_path))


def test_what_is_no_secret_is_not_found(tmp_path):
    plant(tmp_path, INNOCENT)
    assert secret_scan.scan(tmp_path) == []


def test_only_what_git_tracks_is_read(tmp_path):
    plant(tmp_path, {"kept.env": PLANTED[".env"], "own.env": PLANTED[".env"]})
    for command in (["init", "-q"], ["add", "kept.env"]):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    assert [found.split(":")[0] for found in secret_scan.scan(tmp_path)] == ["kept.env"]


def test_the_command_fails_when_it_finds_something(tmp_path):
    plant(tmp_path, {"key.pem": PLANTED["key.pem"]})
    command = [sys.executable, str(settings.BASE_DIR / "tools" / "secret_scan.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "key.pem:1: a private key" in done.stdout


def test_nothing_is_written_down_in_this_repository():
    assert secret_scan.scan(settings.BASE_DIR) == []


def test_the_pins_hold_what_we_chose_and_what_that_needs():
    chosen = (settings.BASE_DIR / "requirements.txt").read_text().splitlines()
    found = pins.pins(chosen)
    wanted = {line.split("==")[0].split("[")[0].lower() for line in chosen if "==" in line}
    assert wanted <= set(found) and {"sqlparse", "kombu", "urllib3"} <= set(found)
    assert found["django"] == next(line for line in chosen if line.startswith("Django==")).split("==")[1].split()[0]
    assert "pytest" not in found


def answer(monkeypatch, code, out, err=""):
    done = subprocess.CompletedProcess([], code, out, err)
    monkeypatch.setattr(audit_dependencies.subprocess, "run", lambda *a, **k: done)
    return audit_dependencies.audit(settings.BASE_DIR / "requirements.txt")


def test_a_known_hole_stops_the_check(monkeypatch):
    code, said = answer(monkeypatch, 1, "urllib3 1.0 PYSEC-1", "Found 1 known vulnerability in 1 package")
    assert code == 1 and "PYSEC-1" in said


def test_without_the_service_the_check_goes_on_and_says_so(monkeypatch):
    code, said = answer(monkeypatch, 1, "", "requests.exceptions.ConnectionError: no route")
    assert code == 0 and said.startswith("not asked: the advisory service is not reachable")


def test_a_service_that_is_really_away_is_said_to_be():
    code, said = audit_dependencies.audit(
        settings.BASE_DIR / "requirements.txt", "--vulnerability-service=osv", "--osv-url=http://127.0.0.1:9/query"
    )
    assert code == 0 and "not reachable" in said


def test_the_list_of_packages_is_cyclonedx(tmp_path):
    lines = "".join(f"{k}=={v}\n" for k, v in pins.pins(["Django", "celery"]).items())
    out = tmp_path / "sbom.json"
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "-", "--output-file", str(out)]
    subprocess.run(command, input=lines, text=True, check=True, capture_output=True, timeout=60)
    made = json.loads(out.read_text())
    assert made["bomFormat"] == "CycloneDX" and {"django", "kombu"} <= {c["name"].lower() for c in made["components"]}
