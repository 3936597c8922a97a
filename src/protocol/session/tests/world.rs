//! A browser with a store, a clock and tabs' worth of memory, and a Keycloak that signs.

use std::collections::{HashMap, VecDeque};

use crate::protocol::attempt::Entropy;
use crate::protocol::config::Config;
#[cfg(feature = "full")]
use crate::protocol::dpop::Proof;
use crate::protocol::encoding::{base64url, parse_form, sha256};
use crate::protocol::fields::Fields;
use crate::protocol::http::{Answer, Method, NetworkFailure, Request};
use crate::protocol::json;
use crate::protocol::keys::Algorithm;
use crate::protocol::record::Record;
use crate::protocol::rsa::{test_key, verify_rs256};
use crate::protocol::session::{
    Access, Asked, Effect, Event, Framed, Navigations, Notice, Now, Outcome, Place, Reply, Session, Status, Waiter,
};
use crate::protocol::url::Url;
use crate::protocol::{AuthError, ErrorCode, token};

pub const ISSUER: &str = "https://iam.example.com/realms/otrs-agents";
pub const PAGE: &str = "https://desk.example.com/agent/";
pub const START: i64 = 1_764_000_000_000;

/// The browser's parser, as far as these tests need it.
pub fn resolve(text: &str) -> Option<Url> {
    let text = match text.starts_with('/') && !text.starts_with("//") {
        true => format!("https://desk.example.com{text}"),
        false => text.to_owned(),
    };
    let (scheme, rest) = text.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    Some(Url {
        origin: format!("{scheme}://{host}"),
        protocol: format!("{scheme}:"),
        hostname: host.split(':').next()?.to_owned(),
        has_credentials: host.contains('@'),
        href: text,
    })
}

pub fn config(options: &str) -> Config {
    let text = format!(r#"{{"authority":"https://iam.example.com"{options}}}"#);
    Config::read(&json::parse(text.as_bytes()).unwrap(), &resolve(PAGE).unwrap(), &resolve).unwrap()
}

/// What the server does when asked.
#[derive(Clone)]
pub struct Server {
    /// Nothing answers.
    pub down: bool,
    /// What the browser lets nobody read.
    pub unreadable: Vec<Asked>,
    /// The browser hides its token answers.
    pub hidden: bool,
    /// The next token answers, in place of honest ones: status and body.
    pub token_answer: Option<(u16, String)>,
    /// Server time minus the browser's, ms.
    pub ahead: i64,
    /// Seconds that an access token lives.
    pub lifetime: i64,
    /// When the session reaches its maximum age, ms by this computer.
    pub end: i64,
    /// Added to the claims of ID tokens, later ones win.
    pub claims: Vec<(&'static str, String)>,
    /// Client roles.
    pub roles: &'static str,
    /// Tokens issued so far; each gets its number.
    pub issued: u32,
    /// What proofs are held against.
    pub proofs: Proofs,
    nonce: String,
}

/// What Keycloak does with proofs of possession, as measured.
#[derive(Clone, Default)]
#[cfg_attr(not(feature = "full"), allow(dead_code))]
pub struct Proofs {
    /// Does not know of proofs.
    pub unknown: bool,
    /// Refuses requests without one.
    pub demanded: bool,
    /// The type of the tokens that it issues on one.
    pub token_type: &'static str,
    /// The nonce that it wants.
    pub nonce: &'static str,
    /// The key that the tokens are bound to.
    pub bound: String,
    /// The hash of the key that the login named.
    pub named: String,
    /// All that came, and why they were refused.
    #[cfg(feature = "full")]
    pub seen: Vec<(Proof, &'static str)>,
}

#[cfg_attr(not(feature = "full"), allow(dead_code))]
pub struct World {
    pub session: Session,
    pub now: Now,
    pub server: Server,
    pub pending: VecDeque<Effect>,
    pub record: Option<String>,
    pub keys: Option<String>,
    pub attempts: HashMap<String, String>,
    pub navigations: Option<Navigations>,
    pub settled: HashMap<Waiter, Result<Reply, AuthError>>,
    pub asked: Vec<Asked>,
    pub left: Vec<String>,
    /// Whether the last departure waits for other tabs.
    pub in_turn: bool,
    pub replaced: Vec<String>,
    pub rewritten: Vec<String>,
    /// Servers that a connection was opened to.
    pub connected: Vec<String>,
    pub notices: Vec<Notice>,
    pub announced: u32,
    pub wake: Option<i64>,
    pub locked: bool,
    /// Another tab has the lock.
    pub locked_elsewhere: bool,
    pub framed: Framed,
    /// How a silent login in a frame ends: `code`, an error, or nothing that can be seen.
    pub in_silent_frame: &'static str,
    /// The addresses of such frames.
    pub frames: Vec<String>,
    pub in_frame: bool,
    /// What the browser remembers of the last use, ms.
    pub used: i64,
    /// Token requests get lost on the way, others do not.
    pub lose_tokens: bool,
    /// Keys that were made; their names hold their number.
    pub keys_made: u8,
    /// The browser makes no keys, or does not have them any more.
    pub keyless: bool,
    /// What the page's own server says of the time, added to the right one, ms; `None` if it says nothing.
    pub page_time: Option<i64>,
    pub(super) proven: bool,
    waiters: Waiter,
    options: String,
    random: u8,
}

impl World {
    pub fn new(options: &str) -> Self {
        let server = Server {
            unreadable: Vec::new(),
            down: false,
            hidden: false,
            token_answer: None,
            ahead: 0,
            lifetime: 300,
            end: i64::MAX,
            claims: Vec::new(),
            roles: r#"["Agent","Ärzte"]"#,
            issued: 0,
            proofs: Proofs { token_type: "Bearer", ..Proofs::default() },
            nonce: String::new(),
        };
        World {
            session: Session::new(config(options), Box::new(resolve)),
            now: Now { wall: START, monotonic: 1_000 },
            server,
            pending: VecDeque::new(),
            record: None,
            keys: None,
            attempts: HashMap::new(),
            navigations: Some(Navigations::default()),
            settled: HashMap::new(),
            asked: Vec::new(),
            left: Vec::new(),
            replaced: Vec::new(),
            rewritten: Vec::new(),
            connected: Vec::new(),
            notices: Vec::new(),
            announced: 0,
            wake: None,
            locked: false,
            locked_elsewhere: false,
            framed: Framed::Returned,
            in_turn: false,
            in_silent_frame: "",
            frames: Vec::new(),
            in_frame: false,
            used: 0,
            lose_tokens: false,
            keys_made: 0,
            keyless: false,
            page_time: Some(0),
            proven: false,
            waiters: 0,
            options: options.to_owned(),
            random: 0,
        }
    }

    pub fn entropy(&mut self) -> Option<Box<Entropy>> {
        self.random = self.random.wrapping_add(1);
        Some(Box::new(Entropy([self.random; 96])))
    }

    pub fn waiter(&mut self) -> Waiter {
        self.waiters += 1;
        self.waiters
    }

    /// Another page load in the same tab.
    pub fn reload(&mut self) {
        self.session = Session::new(config(&self.options), Box::new(resolve));
        self.pending.clear();
        self.locked = false;
        self.wake = None;
    }

    /// Lets time pass, waking the session whenever it asked to be.
    pub fn pass(&mut self, ms: i64) {
        let end = self.now.monotonic + ms;
        while let Some(wake) = self.wake
            && wake <= end
        {
            self.wake = None;
            self.advance(wake - self.now.monotonic);
            self.event(Event::Timer);
            self.run();
        }
        self.advance(end - self.now.monotonic);
    }

    fn advance(&mut self, ms: i64) {
        self.now.wall += ms;
        self.now.monotonic += ms;
    }

    pub fn event(&mut self, event: Event) {
        for effect in self.session.handle(event, self.now, self.used) {
            match effect {
                Effect::SaveNavigations(navigations) => self.navigations = Some(navigations),
                Effect::Leave(url, in_turn) => {
                    self.left.push(url);
                    self.in_turn = in_turn;
                }
                Effect::Connect(url) => self.connected.push(url),
                Effect::Replace(url) => self.replaced.push(url),
                Effect::Rewrite(url) => self.rewritten.push(url),
                Effect::Wake(ms) => self.wake = Some(self.now.monotonic + ms),
                Effect::Used => self.used = self.now.wall,
                Effect::Emit(notice) => self.notices.push(notice),
                Effect::Unlock => {
                    self.locked = false;
                    // Nor is it waited for any more.
                    self.pending.retain(|effect| !matches!(effect, Effect::Lock(_)));
                }
                Effect::Answer(waiter, result) => {
                    assert!(self.settled.insert(waiter, result).is_none(), "promise {waiter} settled twice");
                }
                slow => self.pending.push_back(slow),
            }
        }
    }

    /// Brings everything under way to its end.
    pub fn run(&mut self) {
        let mut waiting = VecDeque::new();
        while let Some(effect) = self.pending.pop_front() {
            match effect {
                Effect::Lock(_) if self.locked_elsewhere => waiting.push_back(effect),
                _ => self.finish(effect),
            }
        }
        self.pending = waiting;
    }

    /// Goes on until this is the next effect under way.
    pub fn run_to(&mut self, wanted: fn(&Effect) -> bool) {
        while !self.pending.front().is_some_and(wanted) {
            let next = self.pending.pop_front().expect("it never comes");
            self.finish(next);
        }
    }

    /// Takes an effect out, to be finished late or never.
    pub fn hold(&mut self, wanted: fn(&Effect) -> bool) -> Effect {
        let place = self.pending.iter().position(wanted).expect("nothing of the kind is under way");
        self.pending.remove(place).expect("it was just there")
    }

    /// Brings one effect to its end.
    pub fn finish(&mut self, effect: Effect) {
        let (flow, outcome) = match effect {
            Effect::Store(flow, place, access) => {
                if place == Place::Record && !matches!(access, Access::Read) {
                    self.announced += 1;
                }
                (flow, self.store(place, access))
            }
            Effect::Send(flow, asked, request) => {
                self.asked.push(asked);
                (flow, Outcome::Answered(asked, self.answer(asked, &request)))
            }
            #[cfg(feature = "full")]
            Effect::Prove(flow, proof, request) => (flow, self.prove(&proof, &request)),
            #[cfg(feature = "full")]
            Effect::MakeKey(flow) => (flow, self.make_key()),
            Effect::Frame(flow, _) => (flow, Outcome::Framed(self.framed)),
            #[cfg(feature = "full")]
            Effect::AskInFrame(flow, url) => (flow, Outcome::FrameAnswer(self.frame_answer(url))),
            Effect::Lock(flow) => {
                self.locked = true;
                (flow, Outcome::Locked(true))
            }
            Effect::CheckSignature(flow, Algorithm::Rs256, parts) => {
                let [n, e, message, signature] = &*parts;
                (flow, Outcome::Signature(Some(verify_rs256(n, e, message, signature))))
            }
            Effect::CheckSignature(flow, ..) => (flow, Outcome::Signature(Some(true))),
            _ => unreachable!("not an effect that takes time"),
        };
        self.event(Event::Done(flow, outcome));
    }

    /// What another tab stores after a login of its own.
    pub fn record_of_another_tab(&mut self) -> String {
        let body = self.tokens(false);
        let content_type = Some("application/json".to_owned());
        let answer = Answer { status: 200, content_type, date: None, body: body.into_bytes() };
        let mut tokens =
            token::read(&answer, ErrorCode::RefreshRefused, self.session.config().dpop(), self.now).unwrap();
        tokens.put("sub", "u1");
        tokens.put("nonce", "");
        tokens.to_text()
    }

    pub fn store(&mut self, place: Place, access: Access) -> Outcome {
        let slot = match &place {
            Place::Record => &mut self.record,
            Place::Keys => &mut self.keys,
            Place::Attempt(state) => {
                return match access {
                    Access::Save(text) => {
                        self.attempts.insert(state.clone(), text);
                        Outcome::Stored(true)
                    }
                    Access::RemoveUpTo(last) => {
                        self.attempts.retain(|name, _| *name < *state || *name > last);
                        Outcome::Stored(true)
                    }
                    _ => {
                        let text = self.attempts.remove(state);
                        Outcome::Read(place, text)
                    }
                };
            }
        };
        match access {
            Access::Read => Outcome::Read(place, slot.clone()),
            Access::Take => Outcome::Read(place, slot.take()),
            Access::Remove | Access::RemoveUpTo(_) => {
                *slot = None;
                Outcome::Stored(true)
            }
            Access::Renew(text) if slot.as_deref().is_none_or(|own| Record::mark(own) != Record::mark(&text)) => {
                Outcome::Stored(false)
            }
            Access::Save(text) | Access::Renew(text) => {
                *slot = Some(text);
                Outcome::Stored(true)
            }
        }
    }

    pub fn answer(&mut self, asked: Asked, request: &Request) -> Result<Answer, NetworkFailure> {
        if asked == Asked::Time {
            let date = self.page_time.map(|wrong| self.now.wall + self.server.ahead + wrong);
            return Ok(Answer { status: 200, content_type: None, date, body: Vec::new() });
        }
        if self.server.down || self.server.unreadable.contains(&asked) {
            return Err(NetworkFailure::Unreachable);
        }
        let json = |status, body: String| {
            let content_type = Some("application/json;charset=UTF-8".to_owned());
            Ok(Answer { status, content_type, date: None, body: body.into_bytes() })
        };
        match asked {
            Asked::Metadata => json(
                200,
                format!(
                    r#"{{"issuer":"{ISSUER}","authorization_endpoint":"x","token_endpoint":"x","jwks_uri":"x","code_challenge_methods_supported":["plain","S256"],"{}":["RS256","ES256"]}}"#,
                    if self.server.proofs.unknown { "x" } else { "dpop_signing_alg_values_supported" }
                ),
            ),
            Asked::Keys => json(
                200,
                format!(
                    r#"{{"keys":[{{"kid":"k","kty":"RSA","alg":"RS256","use":"sig","n":"{}","e":"{}"}}]}}"#,
                    test_key::N,
                    test_key::E
                ),
            ),
            Asked::Client if self.server.hidden => Err(NetworkFailure::Unreachable),
            Asked::Client => json(400, r#"{"error":"invalid_request"}"#.into()),
            Asked::Reach | Asked::Time => json(200, String::new()),
            Asked::Tokens if self.server.hidden || self.lose_tokens => Err(NetworkFailure::Unreachable),
            Asked::Tokens if self.server.proofs.demanded && !self.proven => {
                json(400, r#"{"error":"invalid_grant","error_description":"DPoP proof is missing"}"#.to_owned())
            }
            Asked::Tokens => match self.server.token_answer.clone() {
                Some((status, body)) => json(status, body),
                None => {
                    let Method::Post(form) = &request.method else { panic!("the token endpoint takes a POST") };
                    let code = parse_form(form).unwrap().iter().any(|(name, _)| name == "code");
                    let body = self.tokens(code);
                    json(200, body)
                }
            },
        }
    }

    fn tokens(&mut self, first: bool) -> String {
        self.server.issued += 1;
        let now = (self.now.wall + self.server.ahead) / 1000;
        let number = self.server.issued;
        let access = format!(
            r#"{{"sub":"u1","preferred_username":"root@localhost","given_name":"A","family_name":"B","email":"c@d","n":{number},"resource_access":{{"otrs-app":{{"roles":{}}}}}}}"#,
            self.server.roles
        );
        let access = format!("e30.{}.c2ln", base64url(access.as_bytes()));
        let hash = base64url(&sha256(access.as_bytes())[..16]);
        let mut claims: Vec<(&str, String)> = vec![
            ("iss", format!(r#""{ISSUER}""#)),
            ("aud", r#""otrs-app""#.into()),
            ("azp", r#""otrs-app""#.into()),
            ("sub", r#""u1""#.into()),
            ("iat", now.to_string()),
            ("exp", (now + self.server.lifetime).to_string()),
            ("at_hash", format!(r#""{hash}""#)),
        ];
        if first {
            claims.push(("nonce", format!(r#""{}""#, self.server.nonce)));
        }
        for (name, value) in &self.server.claims {
            claims.retain(|(own, _)| own != name);
            claims.push((name, value.clone()));
        }
        let claims: Vec<String> = claims.iter().map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
        let claims = format!("{{{}}}", claims.join(","));
        let input = format!("{}.{}", base64url(br#"{"alg":"RS256","kid":"k"}"#), base64url(claims.as_bytes()));
        let id = format!("{input}.{}", base64url(&test_key::sign(input.as_bytes())));
        format!(
            r#"{{"access_token":"{access}","expires_in":{},"refresh_expires_in":{},"refresh_token":"r{number}","token_type":"{}","id_token":"{id}"}}"#,
            self.server.lifetime,
            ((self.server.end - self.now.wall) / 1000).min(1800),
            self.server.proofs.token_type
        )
    }

    pub fn start(&mut self, callback: Option<&str>) -> Waiter {
        let waiter = self.begin(callback);
        self.run();
        waiter
    }

    /// Starts, and leaves what takes time under way.
    pub fn begin(&mut self, callback: Option<&str>) -> Waiter {
        let waiter = self.waiter();
        let (entropy, navigations) = (self.entropy(), self.navigations);
        let callback = callback.map(str::to_owned);
        self.event(Event::Start {
            waiter,
            callback,
            page: PAGE.to_owned(),
            entropy,
            navigations,
            framed: self.in_frame,
        });
        waiter
    }

    #[cfg(feature = "full")]
    fn frame_answer(&mut self, url: String) -> String {
        let answer = match self.in_silent_frame {
            "" => String::new(),
            "code" => self.answer_to(&url),
            error => self.answer_to(&url).replace("code=c", &format!("error={error}")),
        };
        self.frames.push(url);
        answer
    }

    /// The answer of a user who logs in at the last address the browser left for.
    pub fn callback(&mut self) -> String {
        let url = self.left.last().expect("the browser left").clone();
        self.answer_to(&url)
    }

    fn answer_to(&mut self, url: &str) -> String {
        let query = parse_form(url.split_once('?').unwrap().1).unwrap();
        let get = |name: &str| query.iter().find(|(own, _)| own == name).unwrap().1.clone();
        self.server.nonce = get("nonce");
        self.server.proofs.named =
            query.iter().find(|(own, _)| own == "dpop_jkt").map_or("", |(_, value)| value).into();
        format!("code=c&state={}&iss={ISSUER}&session_state=s", get("state"))
    }

    /// Signed in, after one way to Keycloak and back.
    pub fn signed_in(options: &str) -> Self {
        let mut world = World::new(options);
        let waiter = world.log_in_once();
        assert_eq!(world.settled.get(&waiter), Some(&Ok(Reply::Done)));
        assert!(matches!(world.session.status(), Status::SignedIn(_)));
        world.asked.clear();
        world.notices.clear();
        world
    }

    /// One login, from the page's start to the answer; gives the promise of `createSession`.
    pub fn log_in_once(&mut self) -> Waiter {
        let world = self;
        let login = world.waiter();
        world.start(None);
        if world.left.is_empty() {
            let entropy = world.entropy();
            let options = Fields::default();
            world.event(Event::Login { waiter: login, options, page: PAGE.to_owned(), entropy });
            world.run();
        }
        let callback = world.callback();
        world.reload();
        world.start(Some(&callback))
    }

    pub fn ask_token(&mut self, fresh: bool) -> Waiter {
        let waiter = self.waiter();
        self.event(Event::Token { waiter, min_validity: 10_000, fresh });
        waiter
    }

    pub fn token(&mut self, fresh: bool) -> Result<Reply, AuthError> {
        let waiter = self.ask_token(fresh);
        self.run();
        self.settled.get(&waiter).expect("settled").clone()
    }

    /// A login with these options; the browser then leaves.
    pub fn log_in(&mut self, given: &[(&str, &str)]) -> Waiter {
        let (waiter, entropy) = (self.waiter(), self.entropy());
        let mut options = Fields::default();
        for (name, value) in given {
            options.put(name, value);
        }
        self.event(Event::Login { waiter, options, page: PAGE.to_owned(), entropy });
        self.run();
        waiter
    }

    pub fn log_out(&mut self) -> Waiter {
        let waiter = self.waiter();
        let entropy = self.entropy();
        self.event(Event::Logout { waiter, options: Fields::default(), entropy });
        self.run();
        waiter
    }

    pub fn code_of(&self, waiter: Waiter) -> Option<ErrorCode> {
        self.settled.get(&waiter).and_then(|result| result.as_ref().err().map(AuthError::code))
    }

    pub fn tokens_asked(&self) -> usize {
        self.asked.iter().filter(|asked| **asked == Asked::Tokens).count()
    }
}
