//! RS256 signature verification: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2.2).
//!
//! Done here and not by the browser, because plain http pages have no WebCrypto. Only public values
//! come in, so nothing here has to run in constant time.
//!
//! Own arithmetic because `crypto-bigint` 0.7 costs 13 kB of download more with moduli of any
//! length, 6 kB with one fixed length (brotli); this costs 1.5 kB.

use super::encoding::sha256;

/// Shortest modulus in bits (RFC 7518 section 3.3).
const MIN_BITS: usize = 2048;

/// Longest modulus in bits; it bounds the time that a hostile key can take.
const MAX_BITS: usize = 8192;

/// Bits in a limb, the digit that numbers are made of here.
const LIMB_BITS: usize = 32;

/// What stands between the padding and the hash: DigestInfo for SHA-256 (RFC 8017 section 9.2,
/// note 1).
const SHA256_PREFIX: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

/// Whether a key is one that [`verify_rs256`] works with: an odd modulus of 2048 to 8192 bits, and
/// an odd exponent from 3 to 2^32 - 1, both big-endian without leading zeros (RFC 7518 section
/// 6.3.1).
pub fn is_usable_key(modulus: &[u8], exponent: &[u8]) -> bool {
    let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    let (Some(&high), Some(&first)) = (modulus.first(), exponent.first()) else {
        return false;
    };
    let bits = modulus.len().saturating_mul(8).saturating_sub(high.leading_zeros() as usize);
    let is_long = high != 0 && (MIN_BITS..=MAX_BITS).contains(&bits);
    let is_power = first != 0 && exponent.len() <= 4 && exponent != [1];
    is_long && is_power && is_odd(modulus) && is_odd(exponent)
}

/// Whether `signature` is the RS256 signature of `message` under the key, all numbers big-endian.
///
/// False also for a key that [`is_usable_key`] refuses and for a signature that is not exactly as
/// long as the modulus, or not smaller. The expected padding is built and compared whole: parsing
/// it is what made forgeries possible elsewhere (RFC 8017 section 8.2.2, note).
pub fn verify_rs256(modulus: &[u8], exponent: &[u8], message: &[u8], signature: &[u8]) -> bool {
    if !is_usable_key(modulus, exponent) || signature.len() != modulus.len() {
        return false;
    }
    let Some(expected) = padded_hash(message, modulus.len()) else {
        return false;
    };
    // Big-endian numbers of one length compare as their bytes do.
    if signature >= modulus {
        return false;
    }
    let exponent = exponent.iter().fold(0, |sum, &byte| sum << 8 | u32::from(byte));
    power(signature, exponent, modulus) == limbs(&expected, modulus.len())
}

/// EMSA-PKCS1-v1_5 (RFC 8017 section 9.2): 00 01 ff … ff 00, DigestInfo, hash.
fn padded_hash(message: &[u8], length: usize) -> Option<Vec<u8>> {
    let hash = sha256(message);
    let mut out = vec![0xff; length.checked_sub(SHA256_PREFIX.len() + hash.len() + 1)?];
    *out.get_mut(0)? = 0;
    *out.get_mut(1)? = 1;
    out.push(0);
    out.extend_from_slice(&SHA256_PREFIX);
    out.extend_from_slice(&hash);
    Some(out)
}

/// A big-endian number as limbs, lowest first, with one limb more than `length` bytes need: the
/// sums below stay under twice the modulus, and so never leave the spare limb.
fn limbs(bytes: &[u8], length: usize) -> Vec<u32> {
    let mut out: Vec<u32> =
        bytes.rchunks(4).map(|chunk| chunk.iter().fold(0, |sum, &byte| sum << 8 | u32::from(byte))).collect();
    out.resize(length.div_ceil(4) + 1, 0);
    out
}

/// `base ^ exponent mod modulus` by square and multiply in Montgomery form. The modulus is odd, the
/// base smaller, the exponent not 0.
fn power(base: &[u8], exponent: u32, modulus: &[u8]) -> Vec<u32> {
    let length = modulus.len();
    let modulus = limbs(modulus, length);
    let mut base = limbs(base, length);
    // Into Montgomery form, base * 2^(bits of all limbs): by doubling, which needs no division.
    for _ in 0..modulus.len() * LIMB_BITS {
        let mut carry = 0;
        for limb in &mut base {
            (*limb, carry) = (*limb << 1 | carry, *limb >> (LIMB_BITS - 1));
        }
        reduce(&mut base, &modulus);
    }
    let mut result = base.clone();
    // The highest bit of the exponent is the starting value itself.
    for bit in (0..u32::BITS - 1).rev().skip(exponent.leading_zeros() as usize) {
        result = multiply(&result, &result, &modulus);
        if exponent >> bit & 1 == 1 {
            result = multiply(&result, &base, &modulus);
        }
    }
    // Out of Montgomery form.
    multiply(&result, &[1], &modulus)
}

/// Montgomery product: `a * b / 2^(bits of all limbs) mod modulus`.
fn multiply(a: &[u32], b: &[u32], modulus: &[u32]) -> Vec<u32> {
    let width = modulus.len();
    // Minus the inverse of the lowest limb: each Newton step doubles the bits that are right, and an
    // odd number is its own inverse in the first three.
    let low = modulus.first().copied().unwrap_or_default();
    let inverse = (0..4).fold(low, |x: u32, _| x.wrapping_mul(2u32.wrapping_sub(low.wrapping_mul(x))));
    let mut product = vec![0; width * 2];
    for (at, &digit) in a.iter().enumerate() {
        add_multiple(product.get_mut(at..).unwrap_or_default(), b, digit);
    }
    for at in 0..width {
        let tail = product.get_mut(at..).unwrap_or_default();
        // This multiple of the modulus makes the lowest limb of the tail zero.
        let digit = tail.first().copied().unwrap_or_default().wrapping_mul(inverse.wrapping_neg());
        add_multiple(tail, modulus, digit);
    }
    let mut result = product.get(width..).unwrap_or_default().to_vec();
    reduce(&mut result, modulus);
    result
}

/// `sum += number * digit`. The carry runs on to the end of `sum`, which has room for it.
fn add_multiple(sum: &mut [u32], number: &[u32], digit: u32) {
    let mut carry = 0;
    for (place, limb) in sum.iter_mut().zip(number.iter().copied().chain(core::iter::repeat(0))) {
        // At most (2^32 - 1)^2 + 2 * (2^32 - 1), which is 2^64 - 1: no overflow.
        let total = u64::from(limb) * u64::from(digit) + u64::from(*place) + carry;
        *place = total as u32;
        carry = total >> LIMB_BITS;
    }
}

/// Brings a number under twice the modulus below the modulus.
fn reduce(number: &mut [u32], modulus: &[u32]) {
    if number.iter().rev().lt(modulus.iter().rev()) {
        return;
    }
    let mut borrow = false;
    for (place, &limb) in number.iter_mut().zip(modulus) {
        let (difference, first) = place.overflowing_sub(limb);
        let (difference, second) = difference.overflowing_sub(u32::from(borrow));
        *place = difference;
        borrow = first || second;
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
pub(crate) mod test_key;

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
