//! Services by name.

/// Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// NickServ: accounts.
    NickServ,
    /// ChanServ: channels registered to accounts.
    ChanServ,
}

const ALL: [Service; 2] = [Service::NickServ, Service::ChanServ];

impl Service {
    /// Returns the nick of the service.
    pub fn name(self) -> &'static str {
        match self {
            Service::NickServ => "NickServ",
            Service::ChanServ => "ChanServ",
        }
    }

    /// Returns the service that a target names.
    pub fn named(target: &str) -> Option<Service> {
        let mut all = ALL.into_iter();
        all.find(|service| service.name().eq_ignore_ascii_case(target))
    }
}
