//! A dozen made-up tickets.

use serde_json::{Value, json};

/// id, title, state, priority, queue, customer, author, first article
type Row = (u32, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const ROWS: [Row; 12] = [
    (
        1,
        "Printer on the third floor prints blank pages",
        "open",
        "3 normal",
        "Hardware",
        "ACME",
        "Ada Lovelace",
        "Since this morning every page comes out white. The toner is new.",
    ),
    (
        2,
        "VPN drops every twenty minutes",
        "open",
        "4 high",
        "Network",
        "ACME",
        "Bob Minimal",
        "The connection breaks off while I work from home, always after about twenty minutes.",
    ),
    (
        3,
        "New employee needs an account",
        "new",
        "3 normal",
        "Accounts",
        "Müller & Söhne GmbH",
        "Jürgen Groß",
        "Ms Çelik starts on Monday and needs mail, calendar and the ticket system.",
    ),
    (
        4,
        "Invoice 4711 shows the wrong address",
        "pending reminder",
        "3 normal",
        "Billing",
        "ACME",
        "Ada Lovelace",
        "The invoice was sent to our old office. Please send a corrected one.",
    ),
    (
        5,
        "Password reset mail never arrives",
        "open",
        "4 high",
        "Accounts",
        "ООО Ромашка",
        "Ян Ёжиков",
        "Письмо для сброса пароля не приходит.",
    ),
    (
        6,
        "Keyboard with a sticking key",
        "closed successful",
        "2 low",
        "Hardware",
        "ACME",
        "Bob Minimal",
        "The letter e sticks.",
    ),
    (
        7,
        "Website shows a certificate warning",
        "open",
        "5 very high",
        "Network",
        "Müller & Söhne GmbH",
        "Jürgen Groß",
        "Our customers see a warning that the certificate has expired.",
    ),
    (
        8,
        "Please restore a deleted folder",
        "closed successful",
        "3 normal",
        "Storage",
        "ACME",
        "Ada Lovelace",
        "I deleted the folder Plans by mistake yesterday evening.",
    ),
    (
        9,
        "Meeting room display stays dark",
        "new",
        "2 low",
        "Hardware",
        "<b>ACME</b>",
        "Pat O'Brien",
        "The display in room <b>4.12</b> shows nothing.",
    ),
    (
        10,
        "Second monitor for the accounting team",
        "pending reminder",
        "2 low",
        "Hardware",
        "ACME",
        "Bob Minimal",
        "Three monitors of 27 inches, please.",
    ),
    (
        11,
        "Export to CSV loses the umlauts",
        "open",
        "3 normal",
        "Software",
        "Müller & Söhne GmbH",
        "Jürgen Groß",
        "Müller becomes M?ller in the exported file.",
    ),
    (
        12,
        "Phone rings on two desks",
        "new",
        "3 normal",
        "Telephony",
        "ООО Ромашка",
        "Ян Ёжиков",
        "The same number rings here and at reception.",
    ),
];

fn summary(row: &Row) -> Value {
    let (id, title, state, priority, queue, customer, ..) = *row;
    json!({
        "id": id, "number": format!("20261124{id:06}"), "title": title, "state": state, "priority": priority,
        "queue": queue, "customer": customer, "created": format!("2026-11-{:02}T08:{:02}:00Z", 23 - id, id * 4),
    })
}

/// All, without their articles.
pub fn all() -> Vec<Value> {
    ROWS.iter().map(summary).collect()
}

/// One with its articles, by id or number.
pub fn one(name: &str) -> Option<Value> {
    let row = ROWS.iter().find(|row| name == row.0.to_string() || name == format!("20261124{:06}", row.0))?;
    let mut ticket = summary(row);
    ticket["articles"] = json!([{ "from": row.6, "body": row.7, "created": ticket["created"] }]);
    Some(ticket)
}

/// Those of a customer.
pub fn of(customerid: &str) -> Vec<Value> {
    ROWS.iter().filter(|row| row.5 == customerid).map(summary).collect()
}
