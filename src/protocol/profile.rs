//! Who is signed in, read from the access token: it is what OTRS's server reads, and the verified ID
//! token's `at_hash` vouches for it.
//!
//! Roles are for display. The server decides (OAuth 2.1 draft section 1.4 forbids the client more).

use super::fields::Fields;
use super::id_token;
use super::json::Json;
use super::text::cut;
use super::{AuthError, Config, ErrorCode};

/// Everything about the user that the front end sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The user: `id` (`sub`) and `login` (`preferred_username`), `name`, `firstName`, `lastName`, `email`
    /// as far as the token has them.
    pub user: Fields,
    /// Client roles of our client, with their exact names.
    pub roles: Vec<String>,
    /// Customer data, in the external interface.
    pub customer: Option<Fields>,
    /// Claims of OTRS's user synchronisation that are missing (A13).
    pub missing: Vec<String>,
    /// Why this user may not enter; `None` when all is well.
    pub problem: Option<AuthError>,
}

/// Claims that OTRS's customer attribute map reads (A15), the mandatory one first.
const CUSTOMER_CLAIMS: [&str; 9] =
    ["customerid", "title", "phone", "fax", "mobile", "street", "zip", "city", "country"];

impl Profile {
    /// Reads the access token.
    ///
    /// `subject` is the verified ID token's. Fails with [`ErrorCode::AccessTokenMalformed`] when the
    /// token is no JWT, and with [`ErrorCode::IdTokenSubject`] when it is about somebody else.
    pub fn read(access_token: &str, subject: &str, config: &Config) -> Result<Self, AuthError> {
        let claims = claims(access_token).ok_or(ErrorCode::AccessTokenMalformed)?;
        let text = |name: &str| claims.get(name).and_then(|value| value.text()).filter(|text| !text.is_empty());
        // `sub` comes from the scope "basic" and may be switched off for access tokens.
        if claims.get("sub").is_some() && text("sub") != Some(subject) {
            return Err(ErrorCode::IdTokenSubject.into());
        }
        let roles = roles(&claims, &config.client_id);
        let mut user = Fields::default();
        user.put("id", subject);
        // The one that the front end may rely on, even where the token lacks it.
        user.put("login", text("preferred_username").unwrap_or_default());
        user.put_some("name", text("name"));
        user.put_some("firstName", text("given_name"));
        user.put_some("lastName", text("family_name"));
        user.put_some("email", text("email"));
        let customer = config.customer.then(|| {
            let mut customer = Fields::default();
            for name in &CUSTOMER_CLAIMS {
                customer.put_some(name, text(name));
            }
            customer
        });
        let mut missing = Vec::new();
        for name in &["given_name", "family_name", "email"] {
            if text(name).is_none() {
                missing.push((*name).to_owned());
            }
        }
        let mut profile = Profile { user, roles, customer, missing, problem: None };
        profile.problem = profile.find_problem(config);
        Ok(profile)
    }

    fn find_problem(&self, config: &Config) -> Option<AuthError> {
        if self.user.get("login") == Some("") {
            return Some(AuthError::about(ErrorCode::ClaimMissing, "preferred_username"));
        }
        let role = &config.required_role;
        if !role.is_empty() && !self.roles.contains(role) {
            return Some(AuthError::about(ErrorCode::RoleMissing, role));
        }
        match &self.customer {
            Some(customer) if customer.get("customerid").is_none() => {
                Some(AuthError::about(ErrorCode::CustomerIdMissing, "customerid"))
            }
            _ => None,
        }
    }
}

/// The claims of a JWT whose signature somebody else checks.
fn claims(token: &str) -> Option<Json> {
    let (payload, _) = cut(cut(token, b'.').1?, b'.');
    id_token::part(payload)
}

/// `resource_access.<client>.roles`, exactly as the server reads it: a realm role or another client's
/// role of the same name does not count (A12, A14).
fn roles(claims: &Json, client_id: &str) -> Vec<String> {
    let mut roles = Vec::new();
    let access = claims.get("resource_access").and_then(|access| access.get(client_id));
    for role in access.and_then(|client| client.get("roles")?.array()).unwrap_or_default() {
        if let Some(role) = role.text() {
            roles.push(role.to_owned());
        }
    }
    roles
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::encoding::base64url;
    use super::super::session::tests::world::config;
    use super::*;

    fn read(claims: &str, options: &str) -> Result<Profile, ErrorCode> {
        let token = format!("e30.{}.c2ln", base64url(claims.as_bytes()));
        Profile::read(&token, "u1", &config(options)).map_err(|error| error.code())
    }

    fn problem(claims: &str, options: &str) -> Option<(ErrorCode, String)> {
        let problem = read(claims, options).unwrap().problem;
        problem.map(|problem| (problem.code(), problem.subject().to_owned()))
    }

    const CUSTOMER: &str = r#","interface":"customer""#;

    #[test]
    fn a_12_only_the_clients_own_role_counts() {
        let with = |access: &str| format!(r#"{{"preferred_username":"x"{access}}}"#);
        let role = Some((ErrorCode::RoleMissing, "Agent".to_owned()));
        assert_eq!(problem(&with(r#","resource_access":{"otrs-app":{"roles":["Agent"]}}"#), ""), None);
        for access in [
            "",
            r#","resource_access":{"otrs-app":{"roles":["agent","Agents"," Agent"]}}"#,
            r#","resource_access":{"otrs-api":{"roles":["Agent"]}}"#,
            r#","realm_access":{"roles":["Agent"]}"#,
            r#","resource_access":{"otrs-app":{"roles":"Agent"}}"#,
            r#","resource_access":["otrs-app"]"#,
        ] {
            assert_eq!(problem(&with(access), ""), role, "{access}");
            assert_eq!(problem(&with(access), r#","requiredRole":null"#), None);
        }
    }

    #[test]
    fn a_13_a_15_missing_claims_have_their_names() {
        let roles = r#""resource_access":{"otrs-app":{"roles":["Agent","Customer User"]}}"#;
        let claim = Some((ErrorCode::ClaimMissing, "preferred_username".to_owned()));
        assert_eq!(problem(&format!("{{{roles}}}"), ""), claim);
        let customer = format!(r#"{{"preferred_username":"x","email":"ACME","customerId":"ACME",{roles}}}"#);
        assert_eq!(problem(&customer, ""), None);
        assert_eq!(problem(&customer, CUSTOMER).map(|(code, _)| code), Some(ErrorCode::CustomerIdMissing));
        let empty = format!(r#"{{"preferred_username":"x","customerid":"",{roles}}}"#);
        assert_eq!(problem(&empty, CUSTOMER).map(|(code, _)| code), Some(ErrorCode::CustomerIdMissing));
        let whole = format!(r#"{{"preferred_username":"x","customerid":"ACME","zip":"1","other":"2",{roles}}}"#);
        let profile = read(&whole, CUSTOMER).unwrap();
        let customer = profile.customer.unwrap();
        assert_eq!(
            (customer.get("customerid"), customer.get("zip"), customer.get("other")),
            (Some("ACME"), Some("1"), None)
        );
        assert_eq!(profile.missing, ["given_name", "family_name", "email"]);
        assert_eq!(profile.problem, None);
    }

    #[test]
    fn an_access_token_that_is_none_or_somebody_elses_is_refused() {
        assert_eq!(read(r#"{"sub":"u2"}"#, "").err(), Some(ErrorCode::IdTokenSubject));
        assert_eq!(read("[]", "").err(), Some(ErrorCode::AccessTokenMalformed));
        let opaque = Profile::read("opaque", "u1", &config(""));
        assert_eq!(opaque.err().map(|error| error.code()), Some(ErrorCode::AccessTokenMalformed));
    }
}
