"""The service's processes: each says every second that it lives, and looks in turn after all the others.

A survey that ran in the worker alone would say nothing of a dead worker; here whoever lives tells of whoever does not. See
`docs/adr/0008-every-process-looks-after-the-others.md`.
"""
