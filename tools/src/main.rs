//! Picks the command. Everything else is in the library.

use otrs_auth_tools::{build, docs, process, realm_check, setup, size, start, test_run};

fn main() {
    process::stop_children_on_signals();
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let args: Vec<String> = args.collect();
    let outcome = match command.as_str() {
        "start" => start::run(&args),
        "realm-check" => realm_check::run(&args),
        "setup" => setup::run(&args),
        "build" => build::run(&args),
        "size" => size::run(&args),
        "docs" => docs::run(&args),
        "test" => test_run::run(&args),
        _ => Err(anyhow::anyhow!(
            "\"{command}\" is not a command: use start, build, test, setup, size, docs or realm-check"
        )),
    };
    if let Err(error) = outcome {
        eprintln!("otrs-auth: {error:#}");
        process::stop_children();
        std::process::exit(1);
    }
}
