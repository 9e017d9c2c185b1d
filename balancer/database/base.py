"""The engine itself: `ENGINE = "balancer.database"`."""

from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base, operations

from balancer.database.pool import WatchfulPool, must_live


class Operations(operations.DatabaseOperations):
    """Django's, for statements that the server has prepared too."""

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """For a log of queries. psycopg keeps no text of a prepared one: then it is the statement without its values."""
        return super().last_executed_query(cursor, sql, params) or str(sql)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with a `WatchfulPool`: `CONN_HEALTH_CHECKS` says whether it looks."""

    ops_class = Operations
    _connection_pools: dict[str, Any]  # the engine's own, of all wrappers of a process
    _configure_connection: Callable[[Any], None]

    @property
    def pool(self) -> Any:
        """This process's pool for the alias, made when it is first needed; None where the settings want none."""
        if made := self._connection_pools.get(self.alias):  # Django asks a dozen times for each request
            return made
        options = self.settings_dict["OPTIONS"].get("pool")
        if not options or self.alias == NO_DB_ALIAS:
            return super().pool
        made = WatchfulPool(
            kwargs={**self.get_connection_params(), "autocommit": True},  # Django sets it as it needs it
            open=False,
            configure=self._configure_connection,
            check=must_live if self.settings_dict["CONN_HEALTH_CHECKS"] else None,
            **options,
        )
        return self._connection_pools.setdefault(self.alias, made)  # of two threads the first has made it
