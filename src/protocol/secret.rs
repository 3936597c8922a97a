//! Strings that must never be printed: each its own type, each silent in `Debug`.

macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, PartialEq, Eq)]
            pub struct $name(String);

            impl $name {
                /// Takes the text as it came.
                pub fn new(text: &str) -> Self {
                    $name(text.to_owned())
                }

                /// The text itself, for the one place that sends or stores it.
                pub fn expose(&self) -> &str {
                    &self.0
                }
            }

            impl core::fmt::Debug for $name {
                fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    f.write_str(concat!(stringify!($name), "(…)"))
                }
            }
        )*
    };
}

secrets! {
    /// What the OTRS REST API takes as the session.
    AccessToken
    /// The authorization code of one callback.
    Code
}

#[cfg(test)]
mod tests {
    use super::AccessToken;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", AccessToken::new("canary")), "AccessToken(…)");
    }
}
