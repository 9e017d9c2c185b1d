"""Messages to operators outside of the console: written when alerts begin and end (`writing`), sent by whichever process lives
(`sending`), to the addresses of `ALERT_URLS`, by apprise."""
