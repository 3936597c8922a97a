//! A word to the other tabs: that something changed, never what.

use js_sys::Function;
use web_sys::BroadcastChannel;

/// Opens the channel of a namespace; `heard` is called for every word of another tab. `None` where
/// the browser has no such channels: tabs then learn of changes when they look.
pub fn open(name: &str, heard: &Function) -> Option<BroadcastChannel> {
    let channel = BroadcastChannel::new(name).ok()?;
    channel.set_onmessage(Some(heard));
    Some(channel)
}

/// Says it.
pub fn announce(channel: &BroadcastChannel) {
    let _ = channel.post_message(&"changed".into());
}
