"""Rate limits, counted in Valkey for all processes together.

`policies`: which limit counts for whom. `limiter`: taking from it, a batch at a time. `shared`: the count in Valkey.
`violations`: who went past it, for the operators.
"""
