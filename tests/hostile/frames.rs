//! The page inside somebody else's.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::Test;
use crate::provider::Endpoint;
use crate::test;
use crate::world::{Visit, World};

pub fn tests() -> Vec<Test> {
    vec![test("a_100_in_a_frame_of_another_origin", foreign), test("a_100_in_a_frame_of_ours", own)]
}

/// Puts the page into a frame and waits for what it says to the page around it.
fn framed(visit: &Visit<'_>, address: &str) -> Result<serde_json::Value> {
    visit.leave()?;
    let script = "const frame = document.createElement('iframe');
        frame.src = arguments[0];
        const said = new Promise((done) => addEventListener('message', (event) => done(event.data)));
        document.body.append(frame);
        const late = new Promise((done) => setTimeout(done, 8000, 'nothing'));
        const answer = await Promise.race([said, late]);
        frame.remove();
        return answer";
    visit.browser.run(script, &[json!(address)])
}

fn foreign(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        // A login is refused; a silent check is left out, and the page works without.
        for (on_load, member, expected) in [("login", "code", "page_framed"), ("check", "status", "signed_out")] {
            let client = world.client();
            let page = visit.page(&client, json!({ "onLoad": on_load }));
            let said = framed(visit, &page.replace("localhost", "127.0.0.1"))?;
            ensure!(said[member] == expected, "{on_load}: it says {said}");
            visit.asked(&client, Endpoint::Authorization, 0)?;
        }
        // Ours in theirs in ours: what is right around it looks like us.
        let client = world.client();
        let page = visit.page(&client, json!({ "onLoad": "login" }));
        let said = framed(visit, &format!("{}/hostile/around?{page}", world.app.replace("localhost", "127.0.0.1")))?;
        ensure!(said["code"] == "page_framed", "it says {said}");
        visit.asked(&client, Endpoint::Authorization, 0)?;
        // Where that is meant, it is said.
        let client = world.client();
        let page = visit.page(&client, json!({ "onLoad": "login", "allowFraming": true }));
        let said = framed(visit, &page.replace("localhost", "127.0.0.1"))?;
        ensure!(said["status"] == "signed_in", "it says {said}");
        Ok(())
    })
}

fn own(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        let said = framed(visit, &visit.page(&client, json!({ "onLoad": "login" })))?;
        ensure!(said["status"] == "signed_in", "it says {said}");
        visit.asked(&client, Endpoint::Token, 1)
    })
}
