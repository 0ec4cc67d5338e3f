"""The embedded servers are real, survive a kill, recover from half-made directories, and say clearly what is wrong."""

import os
import signal
import subprocess
import sys
import time

import psutil
import psycopg2
import pytest
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from hanoi_psc import embedded
from hanoi_psc.embedded import Postgres, Valkey, missing_servers
from hanoi_psc.processes import Home, StartError

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("processes")]


@pytest.fixture
def postgres(server_path):
    server = Postgres(server_path / "postgres", log=server_path / "postgres.log", durable=False)
    yield server
    server.stop()


@pytest.fixture
def valkey(server_path):
    server = Valkey(server_path / "valkey", log=server_path / "valkey.log")
    yield server
    server.stop()


def ask(server, sql, database="psc"):
    connection = psycopg2.connect(host=str(server.socket_directory), port=5432, user="postgres", dbname=database)
    connection.autocommit = True
    try:
        cursor = connection.cursor()
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else None
    finally:
        connection.close()


def test_postgresql_is_18_sorts_alike_everywhere_and_its_url_is_understood(postgres):
    import environ

    url = postgres.start()
    parsed = environ.Env.db_url_config(url)
    assert parsed["NAME"] == "psc"
    assert parsed["OPTIONS"]["host"] == str(postgres.socket_directory)
    assert ask(postgres, "SHOW server_version")[0][0].startswith("18.")
    facts = ask(postgres, "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'psc'")
    assert facts == [("b", "C.UTF-8")]
    ask(postgres, "CREATE EXTENSION unaccent; CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gist")


def test_what_was_committed_is_there_after_a_stop_and_after_a_kill(postgres):
    postgres.start()
    ask(postgres, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)")
    postgres.stop()
    postgres.start()
    postgres.process.kill()
    postgres.process.wait()
    again = Postgres(postgres.directory, log=postgres.log, durable=False)
    again.start()
    try:
        assert ask(again, "SELECT n FROM kept") == [(1,)]
    finally:
        again.stop()


def test_a_pid_file_whose_number_belongs_to_a_stranger_does_not_stop_the_start(postgres):
    postgres.start()
    postgres.stop()
    stale = f"{os.getpid()}\n{postgres.directory}\n1700000000\n5432\n{postgres.directory}\n\n 1 1\nready\n"
    (postgres.directory / "postmaster.pid").write_text(stale)
    postgres.start()
    assert ask(postgres, "SELECT 1") == [(1,)]


def test_half_a_cluster_is_put_aside_and_a_whole_one_made(postgres):
    (postgres.directory / "base").mkdir(parents=True)
    (postgres.directory / "PG_VERSION").write_text("18\n")
    postgres.directory.with_name("postgres.new").mkdir()
    postgres.start()
    assert ask(postgres, "SELECT 1") == [(1,)]
    assert len(list(postgres.directory.parent.glob("postgres.broken-*"))) == 1
    assert not postgres.directory.with_name("postgres.new").exists()


def test_a_cluster_of_another_version_is_left_alone(postgres):
    postgres.start()
    postgres.stop()
    (postgres.directory / "PG_VERSION").write_text("17\n")
    with pytest.raises(StartError, match="made by PostgreSQL 17"):
        postgres.start()
    assert (postgres.directory / "global" / "pg_control").exists()


def test_a_deep_directory_gets_a_short_socket_that_goes_away(server_path):
    deep = server_path / ("d" * 60) / ("e" * 60)
    server = Postgres(deep / "postgres", log=server_path / "postgres.log", durable=False)
    try:
        server.start()
        short = server.socket_directory
        assert len(str(short)) < 40
        assert ask(server, "SELECT 1") == [(1,)]
    finally:
        server.stop()
    assert not short.exists()


def test_a_full_disk_is_one_sentence(postgres, monkeypatch):
    monkeypatch.setattr(embedded, "ROOM_FOR_A_NEW_CLUSTER", 1 << 60)
    with pytest.raises(StartError, match=r"^The disk that holds .* is full: \d+ MB free, \d+ MB needed\.$"):
        postgres.start()


def test_a_disk_that_fills_up_while_the_cluster_is_made_is_one_sentence(postgres, monkeypatch):
    def full(command, **options):
        raise subprocess.CalledProcessError(
            1, command, stderr="initdb: error: could not write: No space left on device\n"
        )

    monkeypatch.setattr(embedded.subprocess, "run", full)
    with pytest.raises(StartError, match=r"is full\. Free some space"):
        postgres.start()
    monkeypatch.undo()
    postgres.start()  # what was half made does not stand in the way
    assert ask(postgres, "SELECT 1") == [(1,)]


def test_queued_work_survives_a_kill_of_valkey(valkey):
    client = redis.Redis.from_url(valkey.start())
    client.lpush("queue", "a message")
    time.sleep(1.2)  # appendfsync everysec
    valkey.process.kill()
    valkey.process.wait()
    valkey.restart()
    assert client.lrange("queue", 0, -1) == [b"a message"]  # the same address, the same password


def test_valkey_asks_for_its_password(valkey):
    valkey.start()
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=valkey.port, retry=Retry(NoBackoff(), 0)).ping()


def test_files_that_valkey_cannot_read_are_put_aside(valkey):
    folder = valkey.directory / "appendonlydir"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof.manifest").write_text("this is not a manifest\n")
    assert redis.Redis.from_url(valkey.start()).ping()
    assert len(list(valkey.directory.parent.glob("valkey.broken-*"))) == 1


def test_a_server_given_by_the_environment_is_not_started(server_path):
    assert set(missing_servers(server_path, environ={})) == {"DATABASE_URL", "REDIS_URL"}
    assert set(missing_servers(server_path, environ={"DATABASE_URL": "postgresql://db/psc"})) == {"REDIS_URL"}
    assert missing_servers(server_path, environ={"DATABASE_URL": "a", "REDIS_URL": "b"}) == {}


def test_two_runs_on_the_same_directory(server_path):
    first = Home(server_path)
    first.claim()
    with pytest.raises(StartError, match=rf"already runs on .* \(process {os.getpid()}\)"):
        Home(server_path).claim()
    first.release()
    second = Home(server_path)
    second.claim()
    second.release()
    assert list(server_path.iterdir()) == []


def test_a_directory_that_cannot_be_made_is_one_sentence(server_path):
    (server_path / "file").write_text("")
    with pytest.raises(StartError, match=r"Cannot write in .*: Not a directory"):
        Home(server_path / "file" / "var").claim()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a device that is always full")
def test_a_disk_without_a_byte_left_is_one_sentence(server_path):
    (server_path / "up.lock").symlink_to("/dev/full")
    with pytest.raises(StartError, match=r"Cannot write in .*: No space left on device\."):
        Home(server_path).claim()


def exec_command(directory, *command):
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py"), "embedded", "--fresh"]
    return subprocess.Popen(
        [*manage, f"--directory={directory}", "exec", "--", *command], env=env, stdout=subprocess.PIPE, text=True
    )


def servers_in(directory):
    """Return the server processes that work somewhere under `directory`."""
    found = []
    for process in psutil.process_iter(["name", "cwd"]):
        cwd = process.info["cwd"] or ""
        if cwd.startswith(str(directory)) and process.info["name"] in ("postgres", "valkey-server"):
            found.append(process)
    return found


def test_exec_gives_a_command_its_servers_and_passes_its_exit_code_on(server_path):
    code = "import os, sys; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL']); sys.exit(7)"
    process = exec_command(server_path, sys.executable, "-c", code)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 7
    assert output.startswith("postgresql://postgres@:5432/psc?host=")
    assert "redis://:" in output
    assert servers_in(server_path) == []


def test_servers_end_when_their_parent_is_killed(server_path):
    process = exec_command(server_path, sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)")
    assert process.stdout.readline() == "here\n"
    servers = servers_in(server_path)
    assert len(servers) >= 2
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(servers, timeout=10)
    assert alive == []
