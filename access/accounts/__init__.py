"""Operators' accounts: who needs a second factor, how he signs in and for how long, and how he is kept out.

`guard` is for pages: `may_move_money(request)` and `second_factor_required(view)`. Everything below `/admin/` passes
`middleware`, so that no page can forget it.
"""
