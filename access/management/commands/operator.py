"""`manage.py operator`: who may use the console, from a terminal: for the first one, and when nobody can log in."""

import getpass
import sys
from typing import Any

from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from access.accounts.lockouts import login_unlock
from access.accounts.people import (
    person_active_set,
    person_create,
    person_find,
    person_password_set,
    person_role_set,
    role_of,
)
from access.accounts.recovery import recovery_codes_left
from access.accounts.second_factor import second_factor_reset
from access.accounts.sessions import sessions_end
from access.accounts.state import device_of
from access.addresses import address_read
from access.models import ActorKind
from access.roles import DUTIES
from access.services import audit_record


class Command(BaseCommand):
    help = "Make, change, unlock and list operators of the console. Every change has its row in the audit trail."

    def add_arguments(self, parser: CommandParser) -> None:
        does = parser.add_subparsers(dest="does", required=True)
        does.add_parser("list", help="who there is, in which role, with which second factor")
        create = does.add_parser("create", help="make an operator; his password is printed once")
        create.add_argument("name")
        create.add_argument("--role", choices=list(DUTIES), required=True)
        create.add_argument("--email", default="")
        create.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
        role = does.add_parser("role", help="give exactly this role; his sessions end")
        role.add_argument("name")
        role.add_argument("role", choices=list(DUTIES))
        password = does.add_parser("password", help="set a new password; it is printed once, and his sessions end")
        password.add_argument("name")
        password.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
        reset = does.add_parser("reset-second-factor", help="take away device and recovery codes; he enrols anew")
        reset.add_argument("name")
        reset.add_argument("--reason", required=True)
        for name, text in (
            ("deactivate", "let him in no more; his sessions end"),
            ("activate", "let him in again"),
            ("sign-out", "end all his sessions"),
            ("unlock", "end a lock-out, of a name or of an address"),
        ):
            does.add_parser(name, help=text).add_argument("name")

    def handle(self, *args: Any, does: str, **options: Any) -> None:
        by = {"actor_kind": ActorKind.COMMAND, "actor_id": getpass.getuser()}
        try:
            getattr(self, f"_{does.replace('-', '_')}")(by, options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except ValueError as error:
            raise CommandError(str(error)) from error

    def _list(self, by: dict[str, str], options: dict[str, Any]) -> None:
        self.stdout.write(f"{'name':24} {'role':10} {'active':6} {'second factor':28} last login")
        for person in User.objects.prefetch_related("groups").order_by("username"):
            last = f"{person.last_login:%Y-%m-%d %H:%M} UTC" if person.last_login else "never"
            left = recovery_codes_left(person)
            factor = f"yes, {left} recovery codes left" if device_of(person) else "none"
            active = "yes" if person.is_active else "no"
            self.stdout.write(f"{person.username:24} {role_of(person) or '-':10} {active:6} {factor:28} {last}")

    def _create(self, by: dict[str, str], options: dict[str, Any]) -> None:
        given = _password(options)
        made = person_create(name=options["name"], role=options["role"], email=options["email"], password=given, **by)
        self.stdout.write(f"made {options['name']}, {options['role']}")
        self._say(given, made)

    def _password(self, by: dict[str, str], options: dict[str, Any]) -> None:
        given = _password(options)
        self._say(given, person_password_set(person_find(options["name"]), password=given, **by))

    def _say(self, given: str, made: str) -> None:
        if not given:
            self.stdout.write(f"password: {made}\nIt is kept nowhere: pass it on by a safe way, to be changed at once.")

    def _role(self, by: dict[str, str], options: dict[str, Any]) -> None:
        person_role_set(person_find(options["name"]), role=options["role"], **by)
        self.stdout.write(f"{options['name']} is {options['role']} now")

    def _deactivate(self, by: dict[str, str], options: dict[str, Any]) -> None:
        person_active_set(person_find(options["name"]), active=False, **by)
        self.stdout.write(f"{options['name']} is let in no more")

    def _activate(self, by: dict[str, str], options: dict[str, Any]) -> None:
        person_active_set(person_find(options["name"]), active=True, **by)
        self.stdout.write(f"{options['name']} is let in again")

    def _sign_out(self, by: dict[str, str], options: dict[str, Any]) -> None:
        ended = sessions_end(person := person_find(options["name"]))
        audit_record(action="signed_out_everywhere", target=person.username[:80], detail={"sessionsEnded": ended}, **by)
        self.stdout.write(f"{ended} sessions ended")

    def _reset_second_factor(self, by: dict[str, str], options: dict[str, Any]) -> None:
        second_factor_reset(person_find(options["name"]), reason=options["reason"], **by)
        self.stdout.write(f"{options['name']} enrols anew at the next login")

    def _unlock(self, by: dict[str, str], options: dict[str, Any]) -> None:
        address = address_read(options["name"])
        locked = AccessAttempt.objects.filter(Q(ip_address=str(address)) if address else Q(username=options["name"]))
        self.stdout.write(f"{login_unlock(locked, **by)} rows of failed logins forgotten")


def _password(options: dict[str, Any]) -> str:
    return sys.stdin.readline().rstrip("\n") if options["password_stdin"] else ""
