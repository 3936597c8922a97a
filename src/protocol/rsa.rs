//! RS256 signature verification: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2.2).
//!
//! Done here and not by the browser, because plain http pages have no WebCrypto. Only public values
//! come in, so nothing here has to run in constant time.
//!
//! Own arithmetic because `crypto-bigint` 0.7 costs 13 kB of download more with moduli of any
//! length, 6 kB with one fixed length (brotli); this costs 1 kB.

use super::encoding::sha256;

/// Shortest modulus in bits (RFC 7518 section 3.3).
const MIN_BITS: usize = 2048;

/// Longest modulus in bits; it bounds the time that a hostile key can take.
const MAX_BITS: usize = 8192;

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
    power(signature, exponent, modulus) == number(&expected)
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

/// A big-endian number with its lowest byte first, and one byte more than it needs: the sums below stay under
/// twice the modulus, and so never leave the spare byte. Bytes and not machine words, because words cost 0.3 kB of
/// code more and save milliseconds.
fn number(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out.reverse();
    out.push(0);
    out
}

/// `base ^ exponent mod modulus` by square and multiply in Montgomery form. The modulus is odd, the
/// base smaller and of its length, the exponent not 0.
fn power(base: &[u8], exponent: u32, modulus: &[u8]) -> Vec<u8> {
    let (mut base, modulus) = (number(base), number(modulus));
    // Into Montgomery form, base * 2^(bits of all bytes): by doubling, which needs no division.
    for _ in 0..modulus.len() * 8 {
        let same = base.clone();
        add_multiple(&mut base, &same, 1);
        base = reduce(base, &modulus);
    }
    let mut result = base.clone();
    // The highest bit of the exponent is the starting value itself.
    for bit in (0..u32::BITS - 1 - exponent.leading_zeros()).rev() {
        result = multiply(&result, &result, &modulus);
        if exponent >> bit & 1 == 1 {
            result = multiply(&result, &base, &modulus);
        }
    }
    // Out of Montgomery form.
    multiply(&result, &[1], &modulus)
}

/// Montgomery product: `a * b / 2^(bits of all bytes) mod modulus`.
fn multiply(a: &[u8], b: &[u8], modulus: &[u8]) -> Vec<u8> {
    // The inverse of the lowest byte: each Newton step doubles the bits that are right, and an odd number is its
    // own inverse in the first three.
    let low = modulus.first().copied().unwrap_or_default();
    let mut inverse = low;
    for _ in 0..2 {
        inverse = inverse.wrapping_mul(2u8.wrapping_sub(low.wrapping_mul(inverse)));
    }
    let mut product = vec![0; modulus.len() * 2];
    for (at, digit) in a.iter().enumerate() {
        add_multiple(product.get_mut(at..).unwrap_or_default(), b, *digit);
    }
    for at in 0..modulus.len() {
        let tail = product.get_mut(at..).unwrap_or_default();
        // This multiple of the modulus makes the lowest byte of the tail zero.
        let digit = tail.first().copied().unwrap_or_default().wrapping_mul(inverse.wrapping_neg());
        add_multiple(tail, modulus, digit);
    }
    reduce(product.split_off(modulus.len()), modulus)
}

/// `sum += number * digit`. The carry runs on behind `number`; `sum` has room for it.
fn add_multiple(sum: &mut [u8], number: &[u8], digit: u8) {
    let mut carry = 0;
    for (at, place) in sum.iter_mut().enumerate() {
        let byte = number.get(at).copied().unwrap_or_default();
        if at >= number.len() && carry == 0 {
            break;
        }
        let total = u32::from(byte) * u32::from(digit) + u32::from(*place) + carry;
        *place = total as u8;
        carry = total >> 8;
    }
}

/// Brings a number under twice the modulus below the modulus.
fn reduce(number: Vec<u8>, modulus: &[u8]) -> Vec<u8> {
    let mut difference = number.clone();
    let mut borrow = 0;
    for (place, byte) in difference.iter_mut().zip(modulus) {
        let rest = i32::from(*place) - i32::from(*byte) - borrow;
        *place = rest as u8;
        borrow = i32::from(rest < 0);
    }
    if borrow == 0 { difference } else { number }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
pub(crate) mod test_key;

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
