//! Proof Key for Code Exchange, method S256 (RFC 7636).

use super::encoding::{base64url, is_unreserved, sha256};
use core::fmt;

/// The secret half of PKCE: kept by this tab, sent only to the token endpoint.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeVerifier(String);

impl CodeVerifier {
    /// A verifier of 43 characters from 32 random bytes (RFC 7636 section 4.1).
    pub fn from_entropy(entropy: &[u8; 32]) -> Self {
        CodeVerifier(base64url(entropy))
    }

    /// Takes back a verifier that was stored over the redirect. `None` when the text is not 43 to
    /// 128 unreserved characters, as the store may have been tampered with (RFC 7636 section 4.1).
    pub fn restore(text: String) -> Option<Self> {
        let fits = (43..=128).contains(&text.len()) && text.bytes().all(is_unreserved);
        fits.then_some(CodeVerifier(text))
    }

    /// The public half, for the authorization request (RFC 7636 section 4.2, S256).
    pub fn challenge(&self) -> String {
        base64url(&sha256(self.0.as_bytes()))
    }

    /// The verifier itself, for the token request and for the store; never for a log or an error.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CodeVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeVerifier(..)")
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    const ENTROPY: [u8; 32] = [
        116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191,
        240, 91, 88, 5, 88, 83, 132, 141, 121,
    ];
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    #[test]
    fn rfc_7636_appendix_b() {
        let verifier = CodeVerifier::from_entropy(&ENTROPY);
        assert_eq!(verifier.expose(), VERIFIER);
        assert_eq!(verifier.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn only_a_well_formed_verifier_is_restored() {
        assert_eq!(CodeVerifier::restore(VERIFIER.to_owned()).unwrap().expose(), VERIFIER);
        assert!(CodeVerifier::restore("~".repeat(128)).is_some());
        for text in ["", " ", &VERIFIER[1..], &"a".repeat(129), &VERIFIER.replace('-', "+"), &"ü".repeat(43)] {
            assert!(CodeVerifier::restore(text.to_owned()).is_none(), "{text}");
        }
    }

    #[test]
    fn debug_output_hides_the_verifier() {
        let shown = format!("{:?}", CodeVerifier::from_entropy(&ENTROPY));
        assert_eq!(shown, "CodeVerifier(..)");
    }
}
