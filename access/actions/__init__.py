"""What operators do beyond looking: kinds of action, proposals of them, approval by a second person, and one run each.

Apps above register their kinds in `AppConfig.ready()` (`access.actions.registry`); nothing here knows any of them. Every button
of the console goes through `access.actions.services`.
"""
