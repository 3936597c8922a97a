//! A proxy that takes every name for this machine: WebKit has no switch for that.

use std::io::{Read, Result, Write, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Longer than any answer in a flow takes.
const SILENCE: Duration = Duration::from_secs(60);

/// Starts one that goes with this process; its address.
pub fn start() -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?.to_string();
    thread::spawn(move || {
        for browser in listener.incoming().flatten() {
            thread::spawn(move || forward(browser));
        }
    });
    Ok(address)
}

/// One request; its connection ends with the answer, so that the next one is looked at again.
fn forward(mut browser: TcpStream) -> Result<()> {
    browser.set_read_timeout(Some(SILENCE))?;
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut byte = [0];
        browser.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    // RFC 9112 section 3.2.2: a proxy gets the whole address.
    let Some((method, rest)) = head.split_once(" http://") else { return Ok(()) };
    let Some((host, rest)) = rest.split_once('/') else { return Ok(()) };
    let Some((line, headers)) = rest.split_once("\r\n") else { return Ok(()) };
    let port = host.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(80);
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    server.set_read_timeout(Some(SILENCE))?;
    let headers = headers.lines().filter(|line| !line.to_ascii_lowercase().contains("connection:"));
    let headers: String = headers.map(|line| format!("{line}\r\n")).collect();
    write!(server, "{method} /{line}\r\nConnection: close\r\n{headers}")?;
    let (mut body, mut to_server) = (browser.try_clone()?, server.try_clone()?);
    thread::spawn(move || copy(&mut body, &mut to_server));
    copy(&mut server, &mut browser)?;
    browser.shutdown(Shutdown::Both)
}
