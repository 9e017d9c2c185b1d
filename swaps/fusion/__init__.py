"""1inch's Fusion+ interface (v1.1), on the same services as our own: `@1inch/cross-chain-sdk` works against it unmodified.

    reading      what comes in, checked field by field
    routes       which pairs of our chains an order of the SDK can be filled on
    presets      the auctions that a quote offers, and what they look like in an order
    quoting      POST and GET of a quote
    submission   an order and its secret: sessions like any other
    selectors    orders by their hash
    statuses     our statuses in 1inch's words, as tables
    *_documents  answers in the shapes of the package's types
    views, urls  the paths that the package calls

docs/1inch.md says what differs from 1inch's own relayer.
"""
