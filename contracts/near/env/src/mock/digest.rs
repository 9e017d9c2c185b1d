//! SHA-256 (FIPS 180-4) and Keccak-256 (with the padding from before FIPS 202), for the mock host only.

use std::convert::TryInto;

/// The first 32 bits of the fractional parts of the roots of the first primes: square roots begin the state, cube roots
/// are the rounds' constants.
fn roots() -> ([u32; 8], [u32; 64]) {
    let is_prime = |number: &u32| (2..*number).all(|divisor| number % divisor != 0);
    let primes: Vec<u32> = (2..).filter(is_prime).take(64).collect();
    let (mut square, mut cube) = ([0; 8], [0; 64]);
    for (place, prime) in square.iter_mut().zip(&primes) {
        *place = root_fraction(*prime, 2);
    }
    for (place, prime) in cube.iter_mut().zip(&primes) {
        *place = root_fraction(*prime, 3);
    }
    (square, cube)
}

/// floor(prime^(1/degree) * 2^32), its low 32 bits. The greatest number whose power does not exceed prime * 2^(32
/// degree).
fn root_fraction(prime: u32, degree: u32) -> u32 {
    let limit = u128::from(prime) << (32 * degree);
    let (mut low, mut high) = (0u128, 1u128 << 36);
    while high - low > 1 {
        let middle = (low + high) / 2;
        if middle.pow(degree) <= limit {
            low = middle;
        } else {
            high = middle;
        }
    }
    low as u32
}

pub fn sha256(data: &[u8]) -> [u8; 32] {
    let (mut state, constants) = roots();
    let mut padded = data.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend_from_slice(&(data.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks(64) {
        compress(&mut state, &constants, block);
    }
    let mut out = [0; 32];
    for (place, word) in out.chunks_mut(4).zip(state) {
        place.copy_from_slice(&word.to_be_bytes());
    }
    out
}

fn compress(state: &mut [u32; 8], constants: &[u32; 64], block: &[u8]) {
    let mut words: Vec<u32> =
        block.chunks(4).map(|word| u32::from_be_bytes(word.try_into().expect("4 bytes"))).collect();
    for i in 16..64 {
        let (a, b) = (words[i - 15], words[i - 2]);
        let small = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
        let large = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
        words.push(words[i - 16].wrapping_add(small).wrapping_add(words[i - 7]).wrapping_add(large));
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (word, constant) in words.iter().zip(constants) {
        let choice = (e & f) ^ (!e & g);
        let large = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let first = h.wrapping_add(large).wrapping_add(choice).wrapping_add(*constant).wrapping_add(*word);
        let small = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let second = small.wrapping_add((a & b) ^ (a & c) ^ (b & c));
        (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(first), c, b, a, first.wrapping_add(second));
    }
    for (place, value) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *place = place.wrapping_add(value);
    }
}

const RATE: usize = 136;

pub fn keccak256(data: &[u8]) -> [u8; 32] {
    let mut padded = data.to_vec();
    padded.push(1);
    while padded.len() % RATE != 0 {
        padded.push(0);
    }
    *padded.last_mut().expect("one block at least") |= 0x80;
    let mut lanes = [[0u64; 5]; 5];
    for block in padded.chunks(RATE) {
        for (i, word) in block.chunks(8).enumerate() {
            lanes[i % 5][i / 5] ^= u64::from_le_bytes(word.try_into().expect("8 bytes"));
        }
        permute(&mut lanes);
    }
    let mut out = [0; 32];
    for (i, place) in out.chunks_mut(8).enumerate() {
        place.copy_from_slice(&lanes[i][0].to_le_bytes());
    }
    out
}

/// Keccak-f[1600]; `lanes[x][y]`.
fn permute(lanes: &mut [[u64; 5]; 5]) {
    let mut register = 1u8;
    for _ in 0..24 {
        theta(lanes);
        rho_pi(lanes);
        chi(lanes);
        lanes[0][0] ^= round_constant(&mut register);
    }
}

fn theta(lanes: &mut [[u64; 5]; 5]) {
    let parity: Vec<u64> = lanes.iter().map(|column| column.iter().fold(0, |sum, lane| sum ^ lane)).collect();
    for (x, column) in lanes.iter_mut().enumerate() {
        let mixed = parity[(x + 4) % 5] ^ parity[(x + 1) % 5].rotate_left(1);
        column.iter_mut().for_each(|lane| *lane ^= mixed);
    }
}

fn rho_pi(lanes: &mut [[u64; 5]; 5]) {
    let (mut x, mut y, mut moving) = (1, 0, lanes[1][0]);
    for step in 1..25u32 {
        (x, y) = (y, (2 * x + 3 * y) % 5);
        std::mem::swap(&mut moving, &mut lanes[x][y]);
        lanes[x][y] = lanes[x][y].rotate_left(step * (step + 1) / 2 % 64);
    }
}

fn chi(lanes: &mut [[u64; 5]; 5]) {
    let before = *lanes;
    for x in 0..5 {
        for y in 0..5 {
            lanes[x][y] = before[x][y] ^ (!before[(x + 1) % 5][y] & before[(x + 2) % 5][y]);
        }
    }
}

/// The constant that the linear feedback shift register of the standard gives; moves it on by seven steps.
fn round_constant(register: &mut u8) -> u64 {
    let mut constant = 0;
    for bit in 0..7 {
        if *register & 1 == 1 {
            constant |= 1 << ((1 << bit) - 1);
        }
        *register = (*register << 1) ^ (if *register & 0x80 != 0 { 0x71 } else { 0 });
    }
    constant
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: [u8; 32]) -> String {
        crate::hex::encode(&bytes)
    }

    #[test]
    fn sha256_gives_the_published_digests() {
        assert_eq!(hex(sha256(b"")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(hex(sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let two_blocks = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(hex(sha256(two_blocks)), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    }

    #[test]
    fn keccak256_gives_the_digests_that_ethereum_knows() {
        assert_eq!(hex(keccak256(b"")), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
        assert_eq!(hex(keccak256(b"abc")), "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
        assert_eq!(hex(keccak256(&[0xa3; 200])), KECCAK_OF_TWO_BLOCKS);
    }

    const KECCAK_OF_TWO_BLOCKS: &str = "3a57666b048777f2c953dc4456f45a2588e1cb6f2da760122d530ac2ce607d4a";
}
