"""A soak: many swaps at once while any process may be killed at any moment; at the end all books and chains agree.

`plan` says what will be tried, from a seed; `client`, `wallets` and `maker` are the makers, who know nothing but the API, their
keys and the chains; `world` runs everything and brings it back; `killer` kills; `checks` compares; `run` does it all.
"""
