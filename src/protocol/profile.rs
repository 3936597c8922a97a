//! Who is signed in, read from the access token: it is what OTRS's server reads, and the verified ID
//! token's `at_hash` vouches for it.
//!
//! Roles are for display. The server decides (OAuth 2.1 draft section 1.4 forbids the client more).

use serde::Serialize;

use super::encoding::decode_base64url;
use super::json::{self, Json};
use super::secret::AccessToken;
use super::{AuthError, Config, ErrorCode};

/// The user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// `sub`
    pub id: String,
    /// `preferred_username`
    pub login: String,
    /// `name`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `given_name`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// `family_name`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// `email`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// Attributes of a customer user, each under the name of its claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer(pub Vec<(&'static str, String)>);

impl Serialize for Customer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (*name, value)))
    }
}

/// Everything about the user that the front end sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The user.
    pub user: User,
    /// Client roles of our client, with their exact names.
    pub roles: Vec<String>,
    /// Customer data, in the external interface.
    pub customer: Option<Customer>,
    /// Claims of OTRS's user synchronisation that are missing (A13).
    pub missing: Vec<&'static str>,
    /// Why this user may not enter; `None` when all is well.
    pub problem: Option<AuthError>,
}

/// Claims that OTRS's customer attribute map reads (A15), the mandatory one first.
const CUSTOMER_CLAIMS: [&str; 9] = [
    "customerid",
    "title",
    "phone",
    "fax",
    "mobile",
    "street",
    "zip",
    "city",
    "country",
];

impl Profile {
    /// Reads the access token.
    ///
    /// `subject` is the verified ID token's. Fails with [`ErrorCode::AccessTokenMalformed`] when the
    /// token is no JWT, and with [`ErrorCode::IdTokenSubject`] when it is about somebody else.
    pub fn read(token: &AccessToken, subject: &str, config: &Config) -> Result<Self, AuthError> {
        let claims = claims(token).ok_or(ErrorCode::AccessTokenMalformed)?;
        let text = |name: &str| {
            claims
                .get(name)
                .and_then(|value| value.text())
                .filter(|text| !text.is_empty())
        };
        // `sub` comes from the scope "basic" and may be switched off for access tokens.
        if claims.get("sub").is_some() && text("sub") != Some(subject) {
            return Err(ErrorCode::IdTokenSubject.into());
        }
        let roles = roles(&claims, &config.client_id);
        let owned = |name: &str| text(name).map(str::to_owned);
        let customer = config.customer.then(|| {
            Customer(
                CUSTOMER_CLAIMS
                    .iter()
                    .filter_map(|name| Some((*name, owned(name)?)))
                    .collect(),
            )
        });
        let missing = ["given_name", "family_name", "email"]
            .into_iter()
            .filter(|name| text(name).is_none())
            .collect();
        let mut profile = Profile {
            user: User {
                id: subject.to_owned(),
                login: owned("preferred_username").unwrap_or_default(),
                name: owned("name"),
                first_name: owned("given_name"),
                last_name: owned("family_name"),
                email: owned("email"),
            },
            roles,
            customer,
            missing,
            problem: None,
        };
        profile.problem = profile.find_problem(config);
        Ok(profile)
    }

    fn find_problem(&self, config: &Config) -> Option<AuthError> {
        if self.user.login.is_empty() {
            return Some(AuthError::about(
                ErrorCode::ClaimMissing,
                "preferred_username",
            ));
        }
        if let Some(role) = &config.required_role
            && !self.roles.contains(role)
        {
            return Some(AuthError::about(ErrorCode::RoleMissing, role));
        }
        let customerid = self
            .customer
            .as_ref()
            .map(|customer| customer.0.iter().any(|(name, _)| *name == "customerid"));
        (customerid == Some(false))
            .then(|| AuthError::about(ErrorCode::CustomerIdMissing, "customerid"))
    }
}

/// The claims of a JWT whose signature somebody else checks.
fn claims(token: &AccessToken) -> Option<Json> {
    let payload = token.expose().split('.').nth(1)?;
    json::parse(&decode_base64url(payload)?).filter(|json| json.object().is_some())
}

/// `resource_access.<client>.roles`, exactly as the server reads it: a realm role or another client's
/// role of the same name does not count (A12, A14).
fn roles(claims: &Json, client_id: &str) -> Vec<String> {
    claims
        .get("resource_access")
        .and_then(|access| access.get(client_id))
        .and_then(|client| client.get("roles"))
        .and_then(|roles| roles.array())
        .map(|roles| {
            roles
                .iter()
                .filter_map(|role| role.text().map(str::to_owned))
                .collect()
        })
        .unwrap_or_default()
}
