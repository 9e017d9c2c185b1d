//! All locks in a row, for pages of them: `i` + position -> id, `p` + id -> position, `n` -> how many.
//!
//! A removed lock's place is taken by the last one, so positions are not lasting names.

use env::borsh::{corrupt, Reader, Writer};
use env::{host, ENTRY_OVERHEAD};

const COUNT: &[u8] = b"n";
const ID_OF: u8 = b'i';
const POSITION_OF: u8 = b'p';

/// The bytes of state that a lock's two entries take, overhead included.
pub const SIZE: u128 = 2 * (1 + 8 + 32 + ENTRY_OVERHEAD);

/// Begins an empty index.
pub fn start() {
    set_count(0);
}

/// How many locks there are.
pub fn count() -> u64 {
    host::read(COUNT).map_or(0, |value| number(&value))
}

/// The id at `position`, which must be less than the count.
pub fn at(position: u64) -> [u8; 32] {
    let value = host::read(&id_key(position)).unwrap_or_else(|| corrupt());
    let mut reader = Reader(&value);
    let id = reader.fixed();
    reader.end();
    id
}

/// Appends `id`.
pub fn add(id: &[u8; 32]) {
    let position = count();
    place(id, position);
    set_count(position + 1);
}

/// Removes `id`, moving the last one to its place.
pub fn take_out(id: &[u8; 32]) {
    let position = host::read(&position_key(id)).map_or_else(|| corrupt(), |value| number(&value));
    let last = count() - 1;
    let moved = at(last);
    host::remove(&id_key(last));
    host::remove(&position_key(id));
    if position != last {
        place(&moved, position);
    }
    set_count(last);
}

fn place(id: &[u8; 32], position: u64) {
    host::write(&id_key(position), id);
    host::write(&position_key(id), &position.to_le_bytes());
}

fn set_count(count: u64) {
    host::write(COUNT, &Writer::default().u64(count).0);
}

fn number(value: &[u8]) -> u64 {
    let mut reader = Reader(value);
    let number = reader.u64();
    reader.end();
    number
}

fn id_key(position: u64) -> Vec<u8> {
    [&[ID_OF], &position.to_le_bytes()[..]].concat()
}

fn position_key(id: &[u8; 32]) -> Vec<u8> {
    [&[POSITION_OF], &id[..]].concat()
}
