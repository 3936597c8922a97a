//! Browser sign-in for OTRS, OTOBO and Znuny front ends through Keycloak.
//!
//! [`protocol`] decides: requests are data going out, answers are data coming in, the session is a
//! state machine. It touches no web API and runs under plain `cargo test`. `browser` touches the web
//! APIs and decides nothing. `client` joins the two, `js` is what JavaScript sees.

pub mod protocol;

#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(target_arch = "wasm32")]
mod client;
#[cfg(target_arch = "wasm32")]
mod js;

/// Memory is claimed, freed and claimed again. A third of the size of the standard allocator.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
mod memory {
    use talc::base::binning::Binning;
    use talc::cell::TalcSyncCell;
    use talc::wasm::WasmGrowAndClaim;

    #[global_allocator]
    static ALLOCATOR: TalcSyncCell<WasmGrowAndClaim, OneList> = TalcSyncCell::new_wasm(WasmGrowAndClaim);

    /// One list of free pieces: there are never many, and to keep lists by size is half of the allocator's code.
    struct OneList;

    impl Binning for OneList {
        type AvailabilityBitField = u8;

        const BIN_COUNT: u32 = 1;

        fn size_to_bin(_: usize) -> u32 {
            0
        }
    }
}
