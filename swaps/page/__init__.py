"""A session's page, as values: each part is a frozen dataclass computed from rows, facts and nothing else, without a query.

`reading.py` asks the database, a fixed number of queries; `parts.py` puts the parts together. Moments are unix seconds, and
what merely ticks ("in 12 s") is left to the templates: two parts that are equal look alike, so a page that is followed live
is told only of parts that differ.
"""
