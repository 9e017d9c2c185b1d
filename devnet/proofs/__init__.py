"""Proofs that the swap engine loses nothing: exhaustive, repeatable, run by commands."""
