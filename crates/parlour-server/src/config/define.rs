//! Single definition of each configuration section: structure, defaults, documentation.

use serde::Serialize;

/// Section of the configuration, for its documentation.
pub struct Section {
    /// Name of its table: `[name]`, or `[[name]]` for one that may be repeated.
    pub table: &'static str,
    /// Description of the section.
    pub doc: &'static [&'static str],
    /// Keys: name and description.
    pub keys: &'static [(&'static str, &'static [&'static str])],
    /// Defaults as TOML, by key.
    pub defaults: fn() -> toml::Table,
}

/// Returns the defaults of a section as TOML; keys without a default are left out.
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
