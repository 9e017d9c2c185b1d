"""Our tokens as rows: what we hold, what is promised, what is free. For alerts and metrics; money goes by a fresh balance."""

from dataclasses import dataclass

from django.db import connection

from chains.config import chain_configs

_ROWS = """
    SELECT stock.chain_id, stock.token, stock.amount, COALESCE(sum(promise.amount), 0), EXTRACT(EPOCH FROM now() - stock.read_at)
    FROM swaps_stock stock
    LEFT JOIN swaps_reservation promise
           ON promise.chain_id = stock.chain_id AND promise.token = stock.token AND promise.released_at IS NULL
    GROUP BY stock.id ORDER BY 1, 2
"""


@dataclass(frozen=True)
class StockRow:
    """Base units; `age` in seconds since the balance was read."""

    chain: str
    token: str
    symbol: str
    amount: int
    promised: int
    age: float

    @property
    def free(self) -> int:
        return max(0, self.amount - self.promised)


def stock_rows() -> list[StockRow]:
    """Every token whose balance was ever read."""
    symbols = {(config.name, token.id): token.symbol for config in chain_configs() for token in config.tokens}
    with connection.cursor() as cursor:
        cursor.execute(_ROWS)
        return [
            StockRow(chain, token, symbols.get((chain, token), token), int(amount), int(promised), float(age))
            for chain, token, amount, promised, age in cursor.fetchall()
        ]
