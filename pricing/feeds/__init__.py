"""Where prices come from.

base.py       what a feed is, and how it fails              exact.py      JSON whose numbers stay exact
http.py       one bounded request                           record.py     what is known of a feed; when to ask it again
oneinch.py    1inch's spot price                            board.py      the records that all processes share, in Valkey
coingecko.py  CoinGecko's simple price                      refresh.py    asking feeds that are due, one process at a time
pyth.py       Pyth's Hermes                                 desk.py       the configured feeds, and what they say together
exchange.py   an exchange, through ccxt                     troubles.py   what operators should know of them
fixed.py      the prices of the chains file

Nobody waits for a feed: it is asked in the background, by whichever process finds first that it is due, and what it said is
kept on the board, from which prices are made. So a feed that is dead or hangs costs a request nothing.
"""
