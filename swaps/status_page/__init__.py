"""The public page of one swap, for its maker: all that he sees of us, opened by a link that nobody can guess.

`links`: what a link is. `page`: what the page says, pure. `words`: in which words. `reading`: from a link to a page.
`views`: the page, its live part, and the answers to links that open nothing.
"""
