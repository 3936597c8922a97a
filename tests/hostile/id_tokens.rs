//! Forged ID tokens, at the login and at the refresh. Peers that speak to Keycloak accept most of these.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::provider::Endpoint;
use crate::provider::tokens::{Key, Token};
use crate::world::{AGENTS, CUSTOMERS, World};
use crate::{Engines, Run, Test};

type Forge = fn(&mut Token);

/// What is changed, and the code that it is refused with.
const AT_LOGIN: &[(&str, &str, Forge)] = &[
    ("c_50_two_segments", "id_token_malformed", |t| t.finish = |s| s.rsplit_once('.').unwrap().0.into()),
    ("c_50_four_segments", "id_token_malformed", |t| t.finish = |s| s + ".x"),
    ("c_50_jwe_of_five_segments", "id_token_malformed", |t| t.finish = |s| s + ".x.y"),
    ("c_50_empty_signature", "id_token_malformed", |t| t.key = Key::Nobody),
    ("c_50_padding", "id_token_malformed", |t| t.finish = |s| s + "="),
    ("c_50_white_space", "id_token_malformed", |t| t.finish = |s| format!(" {s}")),
    ("c_50_standard_base64", "id_token_malformed", |t| t.finish = |s| s.replacen('.', "+.", 1)),
    ("c_50_crit", "id_token_malformed", |t| t.header["crit"] = json!(["exp"])),
    ("c_50_zip_and_enc", "id_token_malformed", |t| t.header["enc"] = json!("A128GCM")),
    ("c_50_no_alg", "id_token_malformed", |t| drop(t.header.as_object_mut().unwrap().remove("alg"))),
    ("c_50_header_is_a_list", "id_token_malformed", |t| t.header = json!([1])),
    ("c_50_claims_are_a_list", "id_token_malformed", |t| t.claims = json!([1])),
    ("c_50_claims_are_no_json", "id_token_malformed", |t| t.claims = json!("not JSON")),
    ("c_51_alg_none", "id_token_algorithm", |t| alg(t, "none", Key::Nobody)),
    ("c_51_alg_None", "id_token_algorithm", |t| alg(t, "None", Key::Nobody)),
    ("c_51_alg_nOnE_with_a_signature", "id_token_algorithm", |t| alg(t, "nOnE", Key::Agents)),
    ("c_51_hs256_with_the_public_key", "id_token_algorithm", |t| alg(t, "HS256", Key::HmacOfPublic)),
    ("c_51_hs256_called_rs256", "id_token_signature", |t| alg(t, "RS256", Key::HmacOfPublic)),
    ("c_51_ps256", "id_token_algorithm", |t| alg(t, "PS256", Key::Agents)),
    ("c_51_rs512", "id_token_algorithm", |t| alg(t, "RS512", Key::Agents)),
    ("c_51_es256_over_an_rsa_key", "id_token_key_unknown", |t| alg(t, "ES256", Key::Agents)),
    ("c_51_alg_is_null", "id_token_malformed", |t| t.header["alg"] = Value::Null),
    ("c_52_jwk_in_the_header", "id_token_signature", |t| foreign(t, "jwk", Key::Customers.jwk())),
    ("c_52_jku_in_the_header", "id_token_signature", |t| foreign(t, "jku", json!("https://evil.test/keys"))),
    ("c_52_x5c_in_the_header", "id_token_signature", |t| foreign(t, "x5c", json!(["MIIB"]))),
    ("c_53_iss_of_another_realm", "id_token_issuer", |t| {
        let iss = t.claims["iss"].as_str().unwrap().replace(AGENTS, CUSTOMERS);
        t.with("iss", iss);
    }),
    ("c_53_iss_with_a_slash", "id_token_issuer", |t| {
        let iss = format!("{}/", t.claims["iss"].as_str().unwrap());
        t.with("iss", iss);
    }),
    ("c_53_iss_as_a_list", "id_token_issuer", |t| t.claims["iss"] = json!([t.claims["iss"]])),
    ("c_53_iss_missing", "id_token_issuer", |t| t.without("iss")),
    ("c_54_aud_of_another_client", "id_token_audience", |t| t.with("aud", "otrs-api")),
    ("c_54_aud_missing", "id_token_audience", |t| t.without("aud")),
    ("c_54_aud_with_a_stranger", "id_token_audience", |t| t.claims["aud"] = json!([t.claims["aud"], "evil"])),
    ("c_54_aud_empty", "id_token_audience", |t| t.claims["aud"] = json!([])),
    ("c_54_aud_is_a_number", "id_token_audience", |t| t.claims["aud"] = json!(7)),
    ("c_54_azp_of_another_client", "id_token_audience", |t| t.with("azp", "otrs-api")),
    ("c_55_sub_missing", "id_token_subject", |t| t.without("sub")),
    ("c_55_sub_empty", "id_token_subject", |t| t.with("sub", "")),
    ("c_55_sub_is_a_number", "id_token_subject", |t| t.with("sub", 7)),
    ("c_55_sub_too_long", "id_token_subject", |t| t.with("sub", "x".repeat(256))),
    ("c_56_expired_an_hour_ago", "id_token_expired", |t| t.shift("exp", -3900)),
    ("c_56_exp_missing", "id_token_malformed", |t| t.without("exp")),
    ("c_56_exp_is_a_text", "id_token_malformed", |t| t.claims["exp"] = json!(t.claims["exp"].to_string())),
    ("c_56_exp_is_null", "id_token_malformed", |t| t.claims["exp"] = Value::Null),
    ("c_56_nbf_in_an_hour", "id_token_expired", |t| {
        let at = t.claims["iat"].as_i64().unwrap() + 3600;
        t.with("nbf", at);
    }),
    ("c_56_nbf_is_a_text", "id_token_malformed", |t| t.with("nbf", "0")),
    ("c_56_iat_missing", "id_token_malformed", |t| t.without("iat")),
    ("c_56_iat_is_a_text", "id_token_malformed", |t| t.with("iat", "0")),
    ("c_56_iat_in_an_hour", "id_token_issued_at", |t| {
        t.shift("iat", 3600);
        t.shift("exp", 3600);
    }),
    ("c_56_iat_a_week_ago", "id_token_issued_at", |t| t.shift("iat", -7 * 86_400)),
    ("c_57_nonce_of_another_login", "id_token_nonce", |t| t.with("nonce", "AAAA")),
    ("c_57_nonce_missing", "id_token_nonce", |t| t.without("nonce")),
    ("c_57_nonce_is_a_list", "id_token_nonce", |t| t.claims["nonce"] = json!([t.claims["nonce"]])),
    ("c_59_at_hash_of_another_token", "id_token_access_token_hash", |t| t.with("at_hash", "AAAA")),
    ("c_59_at_hash_is_a_number", "id_token_access_token_hash", |t| t.with("at_hash", 7)),
    ("c_60_signed_by_the_other_realm", "id_token_signature", |t| t.key = Key::Customers),
    ("c_60_unknown_kid", "id_token_key_unknown", |t| t.header["kid"] = json!("nobody")),
    ("c_60_kid_is_a_number", "id_token_malformed", |t| t.header["kid"] = json!(7)),
    ("c_60_one_bit_changed", "id_token_signature", |t| {
        t.finish = |s| {
            let (rest, signature) = s.rsplit_once('.').unwrap();
            let first = if signature.starts_with('A') { 'B' } else { 'A' };
            format!("{rest}.{first}{}", &signature[1..])
        };
    }),
];

/// What a refresh must not bring: the session ends for it.
const AT_REFRESH: &[(&str, &str, Forge)] = &[
    ("c_72_another_user", "id_token_subject", |t| t.with("sub", "somebody-else")),
    ("c_72_another_issuer", "id_token_issuer", |t| t.with("iss", "https://evil.test/realms/otrs-agents")),
    ("c_72_another_audience", "id_token_audience", |t| t.with("aud", "otrs-api")),
    ("c_72_another_nonce", "id_token_nonce", |t| t.with("nonce", "AAAA")),
    ("c_72_an_earlier_authentication", "id_token_authentication", |t| t.shift("auth_time", -60)),
    ("c_72_issued_long_ago", "id_token_issued_at", |t| t.shift("iat", -3600)),
    ("c_72_signed_by_the_other_realm", "id_token_signature", |t| t.key = Key::Customers),
    ("c_72_alg_none", "id_token_algorithm", |t| alg(t, "none", Key::Nobody)),
];

/// What is unusual and right.
const ACCEPTED: &[(&str, Forge)] = &[
    ("c_50_honest", |_| ()),
    ("c_54_aud_as_a_list_of_one", |t| t.claims["aud"] = json!([t.claims["aud"]])),
    ("c_54_azp_missing", |t| t.without("azp")),
    ("c_59_at_hash_missing", |t| t.without("at_hash")),
    ("c_60_without_kid", |t| drop(t.header.as_object_mut().unwrap().remove("kid"))),
    ("c_45_claims_named_like_a_prototype", |t| t.claims["__proto__"] = json!({ "sub": "evil" })),
];

fn alg(token: &mut Token, alg: &str, key: Key) {
    token.header["alg"] = json!(alg);
    token.key = key;
}

/// Signed by a key that the token brings along.
fn foreign(token: &mut Token, name: &str, value: Value) {
    token.key = Key::Customers;
    token.header[name] = value;
}

pub fn tests() -> Vec<Test> {
    let mut all = Vec::new();
    let mut add = |name: String, run: Run| {
        all.push(Test { name, engines: Engines::InTurn, run });
    };
    for (name, forge) in ACCEPTED {
        add(format!("login_{name}_is_accepted"), Box::new(|world| accepted(world, *forge)));
    }
    for (name, code, forge) in AT_LOGIN {
        add(format!("login_{name}"), Box::new(|world| refused_at_login(world, code, *forge)));
    }
    for (name, code, forge) in AT_REFRESH {
        add(format!("refresh_{name}"), Box::new(|world| refused_at_refresh(world, code, *forge)));
    }
    all.push(crate::test("c_60_es256_is_checked_by_the_browser", es256));
    all
}

fn accepted(world: &World<'_>, forge: Forge) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        world.provider.be(|faults| faults.id_token = Some(Arc::new(forge)));
        visit.enter(&client)?;
        visit.asked(&client, Endpoint::Token, 1)?;
        ensure!(visit.ask("return session.user.login")? == "root@localhost", "somebody else");
        Ok(())
    })
}

/// C-47 as well: no token of the answer is kept, and nothing goes round.
fn refused_at_login(world: &World<'_>, code: &str, forge: Forge) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        world.provider.be(|faults| faults.id_token = Some(Arc::new(forge)));
        visit.open(&client, json!({ "onLoad": "login" }))?;
        visit.refused(code)?;
        visit.asked(&client, Endpoint::Token, 1)?;
        visit.asked(&client, Endpoint::Authorization, 1)?;
        // Nothing was kept: the next page is signed out.
        visit.open(&client, json!({}))?;
        visit.is("signed_out")?;
        visit.asked(&client, Endpoint::Token, 1)
    })
}

fn refused_at_refresh(world: &World<'_>, code: &str, forge: Forge) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        world.provider.be(|faults| faults.id_token = Some(Arc::new(forge)));
        let found = visit.outcome("session.getToken({ fresh: true })")?;
        ensure!(found == "session_ended", "not session_ended but {found}");
        let errors = visit.errors()?;
        ensure!(errors == json!([code]), "not {code} but {errors}");
        ensure!(visit.status()? == "ended", "it is {}", visit.status()?);
        let again = visit.outcome("session.getToken()")?;
        ensure!(again == "session_ended", "the token is still handed out: {again}");
        visit.asked(&client, Endpoint::Token, 2)?;
        visit.open(&client, json!({}))?;
        visit.is("signed_out")
    })
}

fn es256(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        world.provider.be(|faults| faults.key = Some(Key::Elliptic));
        visit.enter(&client)?;
        let client = world.client();
        world.provider.be(|faults| {
            faults.key = Some(Key::Elliptic);
            faults.id_token = Some(Arc::new(|token: &mut Token| {
                token.finish = |s| {
                    let (rest, signature) = s.rsplit_once('.').unwrap();
                    let first = if signature.starts_with('A') { 'B' } else { 'A' };
                    format!("{rest}.{first}{}", &signature[1..])
                };
            }));
        });
        visit.open(&client, json!({ "onLoad": "login" }))?;
        visit.refused("id_token_signature")
    })
}
