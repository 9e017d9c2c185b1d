"""The state remembers itself after each of the last blocks, and an overlay counts as a whole or not at all."""

from hypothesis import given
from hypothesis import strategies as st

from devnet.near.state import DATA, Key, Overlay, StateStore, StateView

HISTORY = 5
KEYS = [Key(DATA, "app.near", name) for name in (b"a", b"b", b"c")]
BLOCKS = st.lists(
    st.dictionaries(st.sampled_from(KEYS), st.one_of(st.none(), st.integers(0, 9)), max_size=3), max_size=25
)


@given(BLOCKS, st.lists(st.integers(1, 3), min_size=25, max_size=25))
def test_each_of_the_last_states_is_as_it_was(blocks: list[dict[Key, int | None]], steps: list[int]) -> None:
    store, height = StateStore(HISTORY), 0
    naive: dict[Key, int] = {}
    kept: dict[int, dict[Key, int]] = {}
    for writes, step in zip(blocks, steps, strict=False):
        height += step
        store.commit(height, writes)
        naive = {key: value for key, value in (naive | writes).items() if value is not None}
        kept[height] = naive
        for old, known in kept.items():
            if old >= height - HISTORY:
                view = StateView(store, old)
                assert {key: view.get(key) for key in KEYS if view.get(key) is not None} == known
                assert dict(view.items(DATA, "app.near")) == {key.item: value for key, value in known.items()}


def test_what_nobody_can_ask_for_any_more_is_forgotten() -> None:
    store = StateStore(HISTORY)
    for height in range(1, 50):
        store.commit(height, {KEYS[0]: height, KEYS[1]: None if height > 2 else 1})
    assert len(store._versions[KEYS[0]]) <= HISTORY + 1
    assert KEYS[1] not in dict(store.items(DATA, "app.near", 49))


def test_an_overlay_hides_nothing_but_what_it_wrote() -> None:
    store = StateStore(HISTORY)
    store.commit(1, {KEYS[0]: 1, KEYS[1]: 2})
    overlay = Overlay(StateView(store, 1))
    overlay.set(KEYS[0], None)
    overlay.set(KEYS[2], 3)
    assert dict(overlay.items(DATA, "app.near")) == {b"b": 2, b"c": 3}
    assert overlay.get(KEYS[0]) is None
    assert StateView(store, 1).get(KEYS[0]) == 1
