//! The macro that declares a section: each field's doc, type, default and check stand together, once.

/// Declares a struct of settings with `Default` and [`Setting`](super::setting::Setting).
///
/// ```text
/// section! {
///     /// What the section is about.
///     pub struct DeskSettings {
///         /// Unit and meaning. Default: `1`.
///         pub seed: u64 = 1, any;
///     }
/// }
/// ```
macro_rules! section {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* pub $field:ident: $ty:ty = $default:expr, $check:expr;)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        $vis struct $name {
            $($(#[$field_meta])* pub $field: $ty,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $crate::config::setting::Setting for $name {
            fn read(
                node: &$crate::config::tree::Node,
                reader: &mut $crate::config::setting::Reader,
            ) -> Option<Self> {
                let mut value = Self::default();
                value.overlay(node, reader);
                Some(value)
            }

            fn overlay(
                &mut self,
                node: &$crate::config::tree::Node,
                reader: &mut $crate::config::setting::Reader,
            ) {
                let Some(table) = reader.table(node, &[$(stringify!($field)),*]) else { return };
                $(reader.overlay(table, stringify!($field), &mut self.$field, $check);)*
            }

            fn paths(path: &str, out: &mut Vec<String>) {
                let dot = if path.is_empty() { "" } else { "." };
                $(<$ty as $crate::config::setting::Setting>::paths(
                    &format!("{path}{dot}{}", stringify!($field)), out,
                );)*
            }

            fn values(&self, path: &str, out: &mut Vec<(String, String)>) {
                let dot = if path.is_empty() { "" } else { "." };
                $($crate::config::setting::Setting::values(
                    &self.$field, &format!("{path}{dot}{}", stringify!($field)), out,
                );)*
            }
        }
    };
}
pub(super) use section;
