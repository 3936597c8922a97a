use super::test_key::{E, N, OTHER_N, bytes, sign, sign_raw};
use super::*;
use num_bigint::BigUint;
use proptest::prelude::*;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

const MESSAGE: &[u8] = b"header.payload";

fn verify(message: &[u8], signature: &[u8]) -> bool {
    verify_rs256(&bytes(N), &bytes(E), message, signature)
}

#[test]
fn rfc_7515_appendix_a_2() {
    let message = concat!(
        "eyJhbGciOiJSUzI1NiJ9",
        ".",
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
    );
    let signature = bytes(concat!(
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CU",
        "Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_d",
        "O--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig",
        "cN_IoypGlUPQGe77Rw",
    ));
    assert!(verify(message.as_bytes(), &signature));
    assert_eq!(sign(message.as_bytes()), signature);
    assert!(!verify(MESSAGE, &signature));
    assert!(!verify_rs256(&bytes(OTHER_N), &bytes(E), message.as_bytes(), &signature));
    assert!(!verify_rs256(&bytes(N), &[3], message.as_bytes(), &signature));
}

#[test]
fn c_60_every_changed_byte_is_refused() {
    let signature = sign(MESSAGE);
    assert!(verify(MESSAGE, &signature));
    for at in 0..signature.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut changed = signature.clone();
            changed[at] ^= flip;
            assert!(!verify(MESSAGE, &changed), "byte {at}");
        }
    }
    for at in 0..MESSAGE.len() {
        let mut changed = MESSAGE.to_vec();
        changed[at] ^= 1;
        assert!(!verify(&changed, &signature));
    }
}

#[test]
fn c_60_only_the_exact_length_and_range_is_accepted() {
    let signature = sign(MESSAGE);
    for length in [0, 1, 128, 255] {
        assert!(!verify(MESSAGE, &signature[..length]));
        assert!(!verify(MESSAGE, &signature[signature.len() - length..]));
    }
    assert!(!verify(MESSAGE, &[&signature[..], &[0]].concat()));
    assert!(!verify(MESSAGE, &[&[0], &signature[..]].concat()));

    let modulus = BigUint::from_bytes_be(&bytes(N));
    // A message whose signature is small enough that s + n still has the modulus' length.
    let (message, small) = (0u32..)
        .map(|i| (i.to_be_bytes(), sign(&i.to_be_bytes())))
        .find(|(_, signature)| (BigUint::from_bytes_be(signature) + &modulus).bits() <= 2048)
        .unwrap();
    let shifted = (BigUint::from_bytes_be(&small) + &modulus).to_bytes_be();
    assert!(verify(&message, &small));
    assert_eq!(shifted.len(), small.len());
    assert!(!verify(&message, &shifted));

    // A signature that starts with a zero byte, and the same number without it.
    let (message, padded) =
        (0u32..).map(|i| (i.to_be_bytes(), sign(&i.to_be_bytes()))).find(|(_, signature)| signature[0] == 0).unwrap();
    assert!(verify(&message, &padded));
    assert!(!verify(&message, &padded[1..]));

    for edge in [vec![0; 256], vec![0xff; 256], bytes(N), (modulus - 1u32).to_bytes_be()] {
        assert!(!verify(MESSAGE, &edge));
    }
}

#[test]
fn c_60_every_wrong_padding_is_refused() {
    let hash = sha256(MESSAGE);
    let info = [&SHA256_PREFIX[..], &hash].concat();
    let encode = |head: &[u8], fill: u8, gap: &[u8], tail: &[u8]| {
        let fill = vec![fill; 256 - head.len() - gap.len() - tail.len()];
        sign_raw(&[head, &fill, gap, tail].concat())
    };
    assert!(verify(MESSAGE, &encode(&[0, 1], 0xff, &[0], &info)), "the right padding");

    // The same DigestInfo for SHA-1, SHA-384, SHA-512, SHA-224, SHA-512/256 and MD5.
    let sha1 = [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];
    let md5 =
        [0x30, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05, 0x05, 0x00, 0x04, 0x10];
    let mut wrong_hash = vec![[&sha1[..], &hash[..20]].concat(), [&md5[..], &hash[..16]].concat()];
    for oid in [2, 3, 4, 6] {
        let mut other = info.clone();
        other[14] = oid;
        wrong_hash.push(other);
    }
    for info in wrong_hash {
        assert!(!verify(MESSAGE, &encode(&[0, 1], 0xff, &[0], &info)), "wrong hash");
    }

    // CVE-2021-30246: DigestInfo without the NULL parameters, with long-form lengths.
    let mut no_null = info.clone();
    no_null.drain(15..17);
    (no_null[1], no_null[3]) = (0x2f, 0x0b);
    let long_form = [&[0x30, 0x81], &info[1..]].concat();
    for info in [&no_null[..], &long_form, &hash, &[&[0x04, 0x20], &hash[..]].concat()] {
        assert!(!verify(MESSAGE, &encode(&[0, 1], 0xff, &[0], info)), "wrong structure");
    }

    let garbage_in_parameters = [&info[..15], &[0x04, 0x02, 0xab, 0xcd], &info[17..]].concat();
    let wrong = [
        ("block type 2", encode(&[0, 2], 0xff, &[0], &info)),
        ("block type 0", encode(&[0, 0], 0, &[0], &info)),
        ("no leading zero", encode(&[1], 0xff, &[0], &info)),
        ("padding of zeros", encode(&[0, 1], 0, &[0], &info)),
        ("padding of 01", encode(&[0, 1], 1, &[0], &info)),
        ("no separator", encode(&[0, 1], 0xff, &[], &info)),
        ("two separators", encode(&[0, 1], 0xff, &[0, 0], &info)),
        ("one hole in the padding", encode(&[0, 1, 0xff, 0xfe], 0xff, &[0], &info)),
        ("parameters", encode(&[0, 1], 0xff, &[0], &garbage_in_parameters)),
        ("a byte after the hash", encode(&[0, 1], 0xff, &[0], &[&info[..], &[0]].concat())),
        ("short padding", encode(&[0, 1, 0xff, 0xff, 0, 0], 0, &[], &info)),
        ("8 bytes of padding, the rest after the hash", {
            let head = [&[0, 1], &[0xff; 8][..], &[0], &info].concat();
            encode(&head, 0xa5, &[], &[])
        }),
    ];
    for (name, signature) in wrong {
        assert_eq!(signature.len(), 256);
        assert!(!verify(MESSAGE, &signature), "{name}");
    }
}

/// Bleichenbacher's forgery of 2006: with e = 3, and a verifier that ignores what follows the hash,
/// a cube root is a signature that needs no private key.
#[test]
fn c_60_cube_root_forgery_is_refused() {
    let modulus = bytes(N);
    let info = [&SHA256_PREFIX[..], &sha256(MESSAGE)].concat();
    for padding in [1, 8, 16] {
        let mut wanted = [&[0, 1], &vec![0xff; padding][..], &[0], &info].concat();
        let visible = wanted.len();
        wanted.resize(256, 0xff);
        let root = BigUint::from_bytes_be(&wanted).cbrt();

        let cube = root.pow(3).to_bytes_be();
        let cube = [vec![0; 256 - cube.len()], cube].concat();
        assert_eq!(cube[..visible], wanted[..visible], "the forgery is a good one");
        let forged = [vec![0; 256 - root.to_bytes_be().len()], root.to_bytes_be()].concat();
        assert_eq!(power(&forged, 3, &modulus), number(&cube), "and the arithmetic agrees");
        assert!(!verify_rs256(&modulus, &[3], MESSAGE, &forged));
    }
}

#[test]
fn unusable_keys_are_refused() {
    let modulus = bytes(N);
    let signature = sign(MESSAGE);
    assert!(is_usable_key(&modulus, &[1, 0, 1]));
    assert!(is_usable_key(&modulus, &[3]));
    assert!(is_usable_key(&modulus, &[0xff; 4]));
    let exponents = [&[][..], &[0], &[1], &[2], &[1, 0, 0], &[0, 3], &[0, 1, 0, 1], &[0, 0, 0, 0, 1], &[1, 0, 0, 0, 1]];
    for exponent in exponents {
        assert!(!is_usable_key(&modulus, exponent), "{exponent:?}");
        assert!(!verify_rs256(&modulus, exponent, MESSAGE, &signature));
    }
    let mut even = modulus.clone();
    even[255] &= 0xfe;
    let mut short = modulus.clone();
    short[0] &= 0x7f;
    let refused = [
        vec![],
        vec![0],
        even,
        short,
        [&[0], &modulus[..]].concat(),
        modulus[..255].to_vec(),
        vec![0xff; 1025],
        [&[1], &[0xff; 1024][..]].concat(),
        vec![0; 256],
    ];
    for modulus in refused {
        assert!(!is_usable_key(&modulus, &[3]), "{} bytes", modulus.len());
        assert!(!verify_rs256(&modulus, &[1, 0, 1], MESSAGE, &vec![0; modulus.len()]));
    }
    assert!(is_usable_key(&[0xff; 1024], &[3]));
}

/// What [`power`] gives for a modulus of this many bytes.
fn padded(number: &BigUint, length: usize) -> Vec<u8> {
    let mut out = number.to_bytes_le();
    out.resize(length + 1, 0);
    out
}

/// An odd modulus of 2048 to about 2400 bits, and a smaller base of the same length.
fn operands() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    (256usize..300).prop_flat_map(|length| {
        (prop::collection::vec(any::<u8>(), length), prop::collection::vec(any::<u8>(), length)).prop_map(
            |(mut modulus, mut base)| {
                modulus[0] |= 0x80;
                *modulus.last_mut().unwrap() |= 1;
                if base >= modulus {
                    base[0] &= 0x7f;
                }
                (modulus, base)
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn power_agrees_with_num_bigint((modulus, base) in operands(), exponent in 1u32..) {
        let expected = BigUint::from_bytes_be(&base).modpow(&exponent.into(), &BigUint::from_bytes_be(&modulus));
        let expected = padded(&expected, modulus.len());
        prop_assert_eq!(power(&base, exponent, &modulus), expected);
    }

    #[test]
    fn power_at_the_edges(length in 256usize..300, exponent in 1u32.., small: u8, odd: u8) {
        let mut modulus = vec![0xff; length];
        *modulus.last_mut().unwrap() = odd | 1;
        let mut base = vec![0; length];
        *base.last_mut().unwrap() = small;
        for base in [base, { let mut near = modulus.clone(); near[length - 1] -= 1; near }] {
            let expected = BigUint::from_bytes_be(&base).modpow(&exponent.into(), &BigUint::from_bytes_be(&modulus));
            prop_assert_eq!(power(&base, exponent, &modulus), padded(&expected, length));
        }
    }

    #[test]
    fn verdict_agrees_with_ring(message: Vec<u8>, change in prop::option::of((0usize..256, 1u8..))) {
        let mut signature = sign(&message);
        if let Some((at, flip)) = change {
            signature[at] ^= flip;
        }
        let key = RsaPublicKeyComponents { n: bytes(N), e: bytes(E) };
        let peer = key.verify(&RSA_PKCS1_2048_8192_SHA256, &message, &signature).is_ok();
        prop_assert_eq!(verify(&message, &signature), peer);
        prop_assert_eq!(peer, change.is_none());
    }

    #[test]
    fn any_bytes_never_panic(n: Vec<u8>, e: Vec<u8>, message: Vec<u8>, signature: Vec<u8>) {
        prop_assert!(!verify_rs256(&n, &e, &message, &signature));
    }
}
