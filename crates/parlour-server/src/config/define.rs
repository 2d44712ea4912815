//! One definition for each section of the configuration: structure, defaults, documentation.

use serde::Serialize;

/// A section as it is documented.
pub struct Section {
    /// Its table: `[name]`, or `[[name]]` for one that may be given several times.
    pub table: &'static str,
    /// What it is about.
    pub doc: &'static [&'static str],
    /// Its keys: name and what it means.
    pub keys: &'static [(&'static str, &'static [&'static str])],
    /// Its defaults as TOML, by key.
    pub defaults: fn() -> toml::Table,
}

/// The defaults of a section as TOML; what has none is left out.
pub(super) fn as_table<T: Serialize>(defaults: &T) -> toml::Table {
    toml::Table::try_from(defaults).unwrap_or_default()
}

/// Defines a section: a structure that is read from TOML, its defaults, and its part of
/// `docs/configuration.md`.
macro_rules! section {
    (
        $table:literal
        $(#[doc = $about:literal])*
        pub struct $name:ident {
            $(
                $(#[doc = $doc:literal])*
                pub $key:ident: $type:ty = $default:expr,
            )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $( $(#[doc = $doc])* pub $key: $type, )*
        }

        impl Default for $name {
            fn default() -> Self {
                $name { $( $key: $default, )* }
            }
        }

        impl $name {
            /// The section's documentation.
            pub const SECTION: $crate::config::define::Section = $crate::config::define::Section {
                table: $table,
                doc: &[$($about),*],
                keys: &[$((stringify!($key), &[$($doc),*])),*],
                defaults: || $crate::config::define::as_table(&$name::default()),
            };
        }
    };
}

pub(super) use section;
