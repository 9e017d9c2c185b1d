"""Following by push: the WebSocket `/ws`, and one session's stream of Server-Sent Events.

socket.py    one WebSocket client: seed 000's messages        stream.py   one event-stream client
follower.py  what both are: cursors over streams, and one task that sends
hub.py       the process's streams: each read once, encoded once, however many follow it
tail.py      the newest updates of one stream                 batches.py  many asking for a row: one query
bus.py       announcements of the writers, over Redis         reading.py  the rows, for everything the bus lost
protocol.py  messages, channels, codes: tables as data        limits.py   how many, how large, how often
identity.py  who follows, and whether he still may            prices.py   the prices, when they change
"""
