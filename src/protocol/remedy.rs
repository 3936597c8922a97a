//! What an administrator can do about an error: which field, in which Keycloak screen, with which value.

use super::text::cut;
use super::{AuthError, Config, ErrorCode};

/// The remedy, or `None` where nobody but the user or time can help.
pub fn remedy(error: &AuthError, config: Option<&Config>) -> Option<String> {
    let template = error.code().remedy();
    // Of a session's end only this one can be undone.
    let ended_otherwise = error.code() == ErrorCode::SessionEnded && error.subject() != super::token::DISABLED;
    if template.is_empty() || ended_otherwise {
        return None;
    }
    let mut text = String::new();
    let mut rest = Some(template);
    while let Some(template) = rest {
        let (plain, after) = cut(template, b'{');
        text.push_str(plain);
        rest = after.and_then(|after| {
            let (letter, after) = cut(after, b'}');
            text.push_str(value(letter, error, config));
            after
        });
    }
    Some(text)
}

/// What stands for a letter in braces: `{r}` realm, `{c}` client, `{u}` redirect URI, `{o}` this page's origin, `{i}`
/// issuer, `{a}` authority, `{s}` subject of the error.
fn value<'a>(letter: &str, error: &'a AuthError, config: Option<&'a Config>) -> &'a str {
    let Some(config) = config else { return error.subject() };
    match letter {
        "r" => &config.realm,
        "c" => &config.client_id,
        "u" => &config.redirect_uri,
        "o" => &config.page_origin,
        "i" => &config.issuer,
        "a" => &config.authority,
        _ => error.subject(),
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::session::tests::world::config;
    use super::*;

    #[test]
    fn every_remedy_is_filled_in_and_ends() {
        let config = config("");
        let mut count = 0;
        for code in ErrorCode::ALL {
            let error = AuthError::about(*code, "the-subject");
            let Some(text) = remedy(&error, Some(&config)) else { continue };
            count += 1;
            assert!(!text.contains(['{', '}']), "{text}");
            assert!(text.ends_with('.') || text.ends_with("example.com") || text.ends_with('/'), "{text}");
        }
        assert!(count > 20);
    }

    #[test]
    fn remedies_name_screen_and_value() {
        let told = |code, subject: &str| remedy(&AuthError::about(code, subject), Some(&config(""))).unwrap();
        assert_eq!(
            told(ErrorCode::RedirectUriRefused, ""),
            r#"In Keycloak, realm "otrs-agents", Clients, "otrs-app", Settings: Valid redirect URIs: add https://desk.example.com/agent/"#
        );
        assert_eq!(
            told(ErrorCode::RoleMissing, "Agent"),
            r#"In Keycloak, realm "otrs-agents", Users, the user, Role mapping: assign the client role "Agent" of "otrs-app"."#
        );
        let disabled = told(ErrorCode::SessionEnded, "account_disabled");
        assert!(disabled.contains("Enabled on"), "{disabled}");
        assert_eq!(remedy(&AuthError::about(ErrorCode::SessionEnded, "logged_out"), Some(&config(""))), None);
    }
}
