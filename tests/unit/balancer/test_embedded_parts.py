"""The embedded servers' parts that need no server."""

import os
import pwd
import stat
import sys
from pathlib import Path

import psutil
import pytest

from balancer.embedded import account, binaries, elsewhere, postgres, valkey
from balancer.embedded.account import Account
from balancer.embedded.errors import AccountUnusable
from balancer.embedded.place import Place, State
from balancer.embedded.processes import Server, is_free, server_environment

OURSELVES = Account("me", os.geteuid(), os.getegid(), switches=False)
STATE = State(home="/somewhere", password="word", postgres_port=1, redis_port=2, durable=True)


def server(folder: Path, mark: Path | str) -> Server:
    return Server("PostgreSQL", folder / "pid", Path(mark), folder / "log", ())


def test_a_process_is_ours_only_when_pid_and_command_agree(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text(f"{os.getpid()}\nmore lines\n")
    ours = psutil.Process().cmdline()[1] or sys.executable
    assert server(tmp_path, ours).process() == psutil.Process()
    assert server(tmp_path, tmp_path).process() is None
    (tmp_path / "pid").write_text("")
    assert server(tmp_path, ours).process() is None
    (tmp_path / "pid").unlink()
    assert server(tmp_path, ours).process() is None


def test_last_words_are_the_log_s_end_on_one_line(tmp_path: Path) -> None:
    quiet = server(tmp_path, tmp_path)
    assert quiet.last_words() == "nothing"
    quiet.log.write_text("one\ntwo\n three\nfour\n")
    assert quiet.last_words() == "two | three | four"


def test_too_long_a_log_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("balancer.embedded.processes.LOG_BYTES", 4)
    noted = server(tmp_path, tmp_path)
    noted.log.write_text("1234")
    noted.begin()
    assert noted.log.exists()
    noted.log.write_text("12345")
    noted.begin()
    assert not noted.log.exists()


def test_servers_get_none_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATA", "/elsewhere")
    monkeypatch.setenv("SECRET_KEYS", "secret")
    assert set(server_environment()) == {"PATH", "LC_ALL", "TZ"}


def test_state_is_written_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.state() is None
    assert place.home() == tmp_path / "data"
    place.remember(STATE, OURSELVES)
    assert place.state() == STATE
    assert place.home() == Path("/somewhere")
    assert stat.S_IMODE(place.state_file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_users_are_counted_by_who_holds_the_file_open(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert not place.is_used()
    first, second = place.use(), place.use()
    first.close()
    assert place.is_used()
    second.close()
    assert not place.is_used()


def test_passwords_stay_off_command_lines(tmp_path: Path) -> None:
    valkey.write_configuration(OURSELVES, tmp_path, 6379, "word-of-valkey")
    programs = binaries.Binaries(Path("initdb"), Path("postgres"), Path("valkey-server"))
    assert "word-of-valkey" not in str(valkey.valkey_command(programs, tmp_path))
    configuration = tmp_path / "valkey" / "valkey.conf"
    assert "requirepass word-of-valkey\n" in configuration.read_text()
    assert stat.S_IMODE(configuration.stat().st_mode) == 0o600


def test_only_a_throw_away_cluster_does_without_fsync(tmp_path: Path) -> None:
    programs = binaries.Binaries(Path("initdb"), Path("postgres"), Path("valkey-server"))
    durable = postgres.postgres_command(programs, tmp_path, 5432, durable=True)
    assert not any("fsync" in word or "synchronous_commit" in word for word in durable)
    assert "fsync=off" in postgres.postgres_command(programs, tmp_path, 5432, durable=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="asks as root: run the tests as root for this one")
class TestRootsAccount:
    def test_is_nobody_in_a_new_folder_or_one_of_root(self, tmp_path: Path) -> None:
        for folder in (tmp_path, tmp_path / "new"):
            found = account.server_account(folder)
            assert (found.name, found.switches) == ("nobody", True)

    def test_is_the_folder_s_owner_where_he_is_a_user(self, tmp_path: Path) -> None:
        daemon = pwd.getpwnam("daemon")
        os.chown(tmp_path, daemon.pw_uid, daemon.pw_gid)
        found = account.server_account(tmp_path)
        assert (found.name, found.uid, found.gid) == ("daemon", daemon.pw_uid, daemon.pw_gid)
        os.chown(tmp_path, 54321, 54321)  # a container's volume: PostgreSQL refuses who has no name
        assert account.server_account(tmp_path).name == "nobody"

    def test_is_missed_in_one_sentence(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(account, "POWERLESS", "no-such-user")
        with pytest.raises(
            AccountUnusable, match=r"^PostgreSQL refuses to run as root and there is no user 'no-such-user'"
        ):
            account.server_account(tmp_path)


def test_another_user_s_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(AccountUnusable, match=r" belongs to .*, not to you: "):
        account.server_account(tmp_path)


def test_port_zero_is_always_free_and_a_bound_one_is_not() -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert not is_free(other.getsockname()[1])
    assert is_free(0)


class TestHomesOfRemovedProjects:
    @pytest.fixture
    def home(self, tmp_path: Path) -> Path:
        home = tmp_path / "base" / "1balancer-1"
        home.mkdir(parents=True)
        (tmp_path / "project").mkdir()
        elsewhere.note_origin(home, tmp_path / "project")
        return home

    def test_stay_while_the_project_does(self, home: Path) -> None:
        elsewhere.sweep(home.parent)
        assert home.is_dir()

    def test_go_with_the_project(self, home: Path, tmp_path: Path) -> None:
        (tmp_path / "project").rmdir()
        (home.parent / "1balancer-2").mkdir()  # not noted: not ours to judge
        elsewhere.sweep(home.parent)
        assert [path.name for path in home.parent.iterdir()] == ["1balancer-2"]

    def test_stay_when_the_project_s_disk_is_not_mounted(self, home: Path, tmp_path: Path) -> None:
        (tmp_path / "project").rmdir()
        device = tmp_path.stat().st_dev + 1
        (home / elsewhere.ORIGIN).write_text(f"{device}\n{tmp_path / 'project'}\n")
        elsewhere.sweep(home.parent)
        assert home.is_dir()
