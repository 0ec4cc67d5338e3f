"""A part dies; nothing accepted is lost, nothing happens twice, and all goes on when the part is back (issue 3, §8)."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.rig import Crowd, Portal, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.xdist_group("processes")]
SLOWEST_PAGE = 2.0
BEAT_ROUND = 15.0


# --- what must be true after any fault ----------------------------------------------------------------------------
def all_codes(portal: Portal) -> list[str]:
    return [code for (code,) in portal.rows("SELECT code FROM dossiers_dossier ORDER BY id")]


def assert_codes_without_gap(portal: Portal) -> None:
    """Serials of each unit and day are 1, 2, 3 … as far as its counter says (DOMAIN §7)."""
    serials: dict[str, list[int]] = {}
    for code in all_codes(portal):
        series, _dash, serial = code.rpartition("-")
        serials.setdefault(series, []).append(int(serial))
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in serials.values()), serials
    assert portal.value("SELECT sum(last) FROM dossiers_codecounter") == sum(map(len, serials.values()))


def assert_filed_once(portal: Portal, codes: dict[str, str], before: list[str]) -> None:
    """Each key has one dossier, the one its client was told; there is no dossier that nobody asked for."""
    remembered = dict(
        portal.rows(
            "SELECT k.key, d.code FROM dossiers_idempotencykey k JOIN dossiers_dossier d ON d.id = k.dossier_id"
        )
    )
    assert {key: remembered[key] for key in codes} == codes
    assert len(set(codes.values())) == len(codes)
    assert set(all_codes(portal)) == set(before) | set(codes.values())
    assert_codes_without_gap(portal)


def assert_handed_over_once(portal: Portal, code: str) -> None:
    assert portal.acts(code) == ["submit", "receive", "hand_over"]
    assert portal.told(code, "dossier_transferred") == 1
    assert portal.value("SELECT assignee_id FROM dossiers_dossier WHERE code = %s", code)


def wait_for_hand_over(portal: Portal, codes: list[str], patience: float = 60.0) -> None:
    def done():
        waiting = "SELECT count(*) FROM dossiers_dossier WHERE code = ANY(%s) AND status <> 'IN_PROCESS'"
        return portal.value(waiting, codes) == 0

    wait_for(done, "hand-over", patience)
    for code in codes:
        assert_handed_over_once(portal, code)


def submitted_and_received(portal: Portal) -> str:
    code = submitted(portal)
    receive(portal, code)
    return code


def submitted(portal: Portal) -> str:
    answer = portal.submit()
    assert answer.status == 201, answer.text
    assert answer.seconds < SLOWEST_PAGE
    return answer.json["code"]


def receive(portal: Portal, code: str) -> None:
    answer = portal.act(code, "receive", by="clerk")
    assert answer.status == 200, answer.text
    assert answer.seconds < SLOWEST_PAGE


# --- Valkey -------------------------------------------------------------------------------------------------------
def assert_pages_stand(portal: Portal, code: str) -> None:
    """Whatever a citizen and a clerk look at answers 200 in good time."""
    paths = [
        "/",
        "/thu-tuc/",
        f"/thu-tuc/{portal.body['procedure']}/",
        f"/tra-cuu/?ma={code}",
        "/api/v1/procedures/?q=sinh",
    ]
    for path in [*paths, f"/api/v1/lookup/{code}/"]:
        answer = portal.ask(path)
        assert (answer.status, answer.seconds < SLOWEST_PAGE) == (200, True), (path, answer.status, answer.seconds)
    for path, by in ((f"/api/v1/dossiers/{code}/", "citizen"), ("/api/v1/queue/", "clerk")):
        answer = portal.ask(path, by=by)
        assert (answer.status, answer.seconds < SLOWEST_PAGE) == (200, True), (path, answer.status, answer.seconds)


def test_valkey_dies_before_during_and_after_submits(portal):
    before = all_codes(portal)
    portal.kill_valkey()  # before
    filed = [submitted_and_received(portal) for _ in range(3)]
    assert_pages_stand(portal, filed[0])
    assert portal.health()[0] == 503
    assert "broker" in portal.health()[1]

    portal.valkey.restart()
    with ThreadPoolExecutor(8) as pool:  # during
        answers = [pool.submit(portal.submit) for _ in range(60)]
        wait_for(lambda: sum(a.done() for a in answers) > 8, "some submits")
        portal.kill_valkey()
        assert not all(a.done() for a in answers)
        filed += [a.result().json["code"] for a in answers if a.result().status == 201]
    assert [a.result().status for a in answers if a.result().status != 201] == []

    portal.valkey.restart()
    last = submitted_and_received(portal)
    portal.kill_valkey()  # after: the wake-up call may be lost with it
    assert sorted(all_codes(portal)) == sorted([*before, *filed, last])
    for code in filed[3:10]:
        receive(portal, code)

    portal.valkey.restart()
    wait_for_hand_over(portal, [*filed[:10], last])
    assert_codes_without_gap(portal)


# --- the worker ---------------------------------------------------------------------------------------------------
def stuck_on(portal: Portal, lock: str, *values):
    """Hold a lock that the worker will need, so that it stands in the middle of its work for as long as we like."""
    holder = portal.database()
    cursor = holder.__enter__()
    cursor.execute(lock, values)
    return holder


def test_the_worker_dies_in_a_hand_over(portal):
    """First only the pool's processes, one of which runs the task, then the whole worker."""
    for kill in (lambda: [child.kill() for child in portal.workers_of("worker")], lambda: portal.kill("worker")):
        code = submitted(portal)
        os.killpg(portal.children["worker"].pid, signal.SIGSTOP)
        receive(portal, code)
        holder = stuck_on(portal, "SELECT 1 FROM dossiers_dossier WHERE code = %s FOR UPDATE", code)
        os.killpg(portal.children["worker"].pid, signal.SIGCONT)
        wait_for(portal.waits_for_a_lock, "the worker at the dossier")
        kill()
        holder.__exit__(None, None, None)
        assert portal.status(code) == "RECEIVED"
        if portal.children["worker"].poll() is not None:
            portal.run("worker")
        wait_for_hand_over(portal, [code])


def test_the_worker_dies_in_a_sweep(portal):
    portal.kill("worker")
    code = submitted_and_received(portal)
    time.sleep(0.5)  # the wake-up call is sent by a thread of the web process
    portal.forget_wake_up_calls()
    holder = stuck_on(portal, "LOCK TABLE notifications_message IN SHARE ROW EXCLUSIVE MODE")
    portal.run("worker")
    portal.send("worktime.tasks.sweep_clocks")
    wait_for(portal.waits_for_a_lock, "the sweep at its message")
    portal.kill("worker")
    holder.__exit__(None, None, None)
    assert portal.acts(code) == ["submit", "receive"]
    assert portal.value("SELECT count(*) FROM worktime_clock WHERE claimed_until IS NOT NULL") >= 1
    # As if the half minute of the dead sweep's lease had passed.
    with portal.database() as cursor:
        cursor.execute("UPDATE worktime_clock SET claimed_until = now() WHERE claimed_until IS NOT NULL; COMMIT")
    portal.run("worker")
    wait_for_hand_over(portal, [code], patience=2 * BEAT_ROUND)


# --- PostgreSQL ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGQUIT], ids=["fast", "immediate"])
def test_postgres_is_restarted_under_load(portal, sign):
    before = all_codes(portal)
    with Crowd(portal, 60) as crowd:
        crowd.wait_until_done(10)
        portal.stop_postgres(sign)
        try:
            assert crowd.busy
            assert_database_missed(portal)
        finally:
            portal.start_postgres()
        codes = crowd.codes()
    assert_filed_once(portal, codes, before)
    code = submitted_and_received(portal)
    wait_for_hand_over(portal, [code], patience=2 * BEAT_ROUND)


def assert_database_missed(portal: Portal) -> None:
    status, failed = portal.health()
    assert status == 503
    assert "database" in failed
    answer = portal.submit()
    assert (answer.status, answer.json["type"]) == (503, "urn:psc:problem:unavailable")


# --- the web server -----------------------------------------------------------------------------------------------
def test_web_workers_die_in_submits(portal):
    before = all_codes(portal)
    with Crowd(portal, 80) as crowd:
        for done in (10, 35):
            crowd.wait_until_done(done)
            for process in portal.workers_of("web"):
                process.kill()
            assert crowd.busy
        codes = crowd.codes()
    assert_filed_once(portal, codes, before)
