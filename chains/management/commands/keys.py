"""`manage.py keys` lists our signing keys and what they paid out today; `manage.py keys base 0x… --stop "why"` is the
kill switch, `--resume` lifts it, `--accept-nonce N` says that the chain's nonce, however far from ours, is right."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chains.config import chain_config
from chains.models import Account
from chains.services.sending.caps import key_resume, key_stop, outflow_spent
from chains.services.sending.nonces import account_nonce_accept


class Command(BaseCommand):
    help = "List our signing keys; stop one from paying out, or let it pay again. Claims and refunds always go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("chain", nargs="?", help="a name from the chains file")
        parser.add_argument(
            "key", nargs="?", help="its address; on NEAR its public key, or the account for all its keys"
        )
        change = parser.add_mutually_exclusive_group()
        change.add_argument("--stop", metavar="REASON", help="sign nothing more that pays out")
        change.add_argument("--resume", action="store_true", help="let it pay out again")
        change.add_argument(
            "--accept-nonce", type=int, metavar="N", help="its next nonce, as an operator has checked it"
        )

    def handle(self, *args: Any, chain: str | None, key: str | None, **options: Any) -> None:
        accounts = [account for account in Account.objects.order_by("chain_id", "pk") if _is_meant(account, chain, key)]
        if key and not accounts:
            raise CommandError(f"no transaction was ever signed on {chain} with {key}: `manage.py keys` lists the keys")
        changes = options["stop"] or options["resume"] or options["accept_nonce"] is not None
        if changes and not key:
            raise CommandError("say which key: `manage.py keys CHAIN KEY …`")
        for account in accounts:
            self._change(account, options)
            account.refresh_from_db()
            self.stdout.write(_line(account))

    @staticmethod
    def _change(account: Account, options: dict[str, Any]) -> None:
        actor = f"{getpass.getuser()}@shell"
        if options["stop"]:
            key_stop(account=account, reason=f"{options['stop']} ({actor})", actor=actor)
        elif options["resume"]:
            key_resume(account=account, actor=actor)
        elif options["accept_nonce"] is not None:
            account_nonce_accept(account=account, nonce=options["accept_nonce"], actor=actor)


def _is_meant(account: Account, chain: str | None, key: str | None) -> bool:
    wanted = (key or "").lower() if key and key.startswith("0x") else key
    return chain in (None, account.chain_id) and wanted in (None, account.address, account.public_key)


def _line(account: Account) -> str:
    paid = (
        f"{outflow_spent(account=account, token=token.id)} {token.symbol}"
        for token in chain_config(account.chain_id).tokens
    )
    stopped = f"STOPPED: {account.stopped_reason}" if account.stopped_reason else "may pay out"
    notes = f"; {account.attention}" if account.attention else ""
    name = f"{account} {account.public_key}".strip()
    return f"{name}: {stopped}; next nonce {account.next_nonce}; paid in 24 h, in base units: {', '.join(paid)}{notes}"
