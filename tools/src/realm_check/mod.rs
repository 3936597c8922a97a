//! stub
use crate::admin::Admin;
use anyhow::Result;
#[derive(Default)]
pub struct Options {
    pub writes: bool,
}
impl Options {
    pub fn of(_k: &crate::keycloak::Running) -> Self {
        Self::default()
    }
}
pub struct Report;
impl Report {
    pub fn drift(&self) -> Vec<String> {
        vec![]
    }
}
pub fn check(_a: &Admin, _o: &Options) -> Result<Report> {
    Ok(Report)
}
pub fn run(_args: &[String]) -> Result<()> {
    Ok(())
}
