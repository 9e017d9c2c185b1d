"""The `swaps` app: sessions, secrets, the state machine, refunds."""

from django.apps import AppConfig


class SwapsConfig(AppConfig):
    name = "swaps"
    verbose_name = "Swaps"

    def ready(self) -> None:
        from access.actions.registry import registry as actions
        from access.audit.targets import targets_add
        from access.codes import problems_add
        from access.webhooks.events import types_add
        from chains.registry import registry
        from pricing.registry import registry as pricing
        from swaps import codes, handlers, vault
        from swaps.locks import lock_session
        from swaps.operations.pause import PauseSwaps, ResumeSwaps
        from swaps.operations.refund import RefundSession
        from swaps.operations.review import AcknowledgeAlert, ReviewSession
        from swaps.operations.wanted import still_wanted
        from swaps.operations.worth import dollars
        from swaps.push import errors as push_errors
        from swaps.services import ledger, strays, webhooks
        from swaps.services.advance import transaction_changed
        from swaps.services.facts import SUBJECT
        from swaps.services.route_facts import swap_routes
        from swaps.tasks import advance_session

        targets_add("sess_", "swaps_swapsession")
        actions.worth = dollars
        actions.add(RefundSession(), PauseSwaps(), ResumeSwaps(), ReviewSession(), AcknowledgeAlert())
        registry.look_again[SUBJECT] = lambda session_id: advance_session.defer(session_id=session_id)
        registry.still_wanted[SUBJECT] = still_wanted
        pricing.routes = swap_routes
        problems_add(codes.PROBLEMS)
        types_add(webhooks.TYPES)
        problems_add(push_errors.CODES)
        registry.events.append(handlers.events_stored)
        registry.final.append(handlers.final_moved)
        registry.lock[SUBJECT] = lock_session
        registry.every_transaction.append(ledger.transaction_book)
        registry.transaction[SUBJECT] = transaction_changed
        registry.attention[SUBJECT] = handlers.attention_needed
        registry.secret[SUBJECT] = vault.secret_open_for
        registry.lock[strays.SUBJECT] = strays.lock_stray
        registry.transaction[strays.SUBJECT] = strays.stray_transaction_changed
