//! Keycloak and the browser of these tests, as far as proofs of possession go.

use super::world::World;
use crate::protocol::dpop::{Proof, thumbprint};
use crate::protocol::encoding::base64url;
use crate::protocol::http::{Answer, Method, NetworkFailure, Request};
use crate::protocol::session::{Asked, Event, Outcome};

impl World {
    /// The browser signs the proof and sends the request.
    pub(super) fn prove(&mut self, proof: &Proof, request: &Request) -> Outcome {
        self.asked.push(Asked::Tokens);
        let result = match self.keyless {
            true => Err(NetworkFailure::KeyLost),
            false => self.judge(proof, request),
        };
        if result.is_ok() && !self.server.proofs.nonce.is_empty() {
            self.event(Event::Nonce(self.server.proofs.nonce.to_owned()));
        }
        Outcome::Answered(Asked::Tokens, result)
    }

    /// The browser makes a key.
    pub(super) fn make_key(&mut self) -> Outcome {
        self.keys_made += 1;
        Outcome::Key(if self.keyless { String::new() } else { base64url(&[self.keys_made; 64]) })
    }

    /// What the token endpoint answers to a request with a proof.
    fn judge(&mut self, proof: &Proof, request: &Request) -> Result<Answer, NetworkFailure> {
        let now = (self.now.wall + self.server.ahead).div_euclid(1000);
        let Method::Post(form) = &request.method else { panic!("the token endpoint takes a POST") };
        let first = form.contains("authorization_code");
        let issued_at: i64 = proof.claim("iat").parse().unwrap();
        let proofs = &mut self.server.proofs;
        let (error, problem) = match () {
            () if !proofs.nonce.is_empty() && proof.claim("nonce") != proofs.nonce => ("use_dpop_nonce", "nonce"),
            () if !(now - 25..=now + 15).contains(&issued_at) => ("invalid_request", "DPoP proof is not active"),
            () if first && thumbprint(&proof.key) != proofs.named => ("invalid_request", "DPoP Proof public key"),
            () if !first && proof.key != proofs.bound => ("invalid_grant", "DPoP confirmation"),
            () => ("", ""),
        };
        assert_eq!((proof.claim("htm"), proof.claim("htu")), ("POST".to_owned(), request.url.clone()));
        proofs.seen.push((proof.clone(), problem));
        if !problem.is_empty() {
            let body = format!(r#"{{"error":"{error}","error_description":"{problem}"}}"#).into_bytes();
            let content_type = Some("application/json".to_owned());
            return Ok(Answer { status: 400, content_type, date: None, body });
        }
        proofs.bound.clone_from(&proof.key);
        self.proven = true;
        let answer = self.answer(Asked::Tokens, request);
        self.proven = false;
        answer
    }
}
