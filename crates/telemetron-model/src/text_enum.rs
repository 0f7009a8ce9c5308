//! Enumerations that have one spelling on the wire and one number in the store.

/// A text that is none of an enumeration's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not one of {allowed}")]
pub struct UnknownWord {
    /// The text as it came.
    pub text: String,
    /// The words that would do.
    pub allowed: String,
}

/// Defines an enumeration with a wire word and a stored code for each variant.
///
/// Words are read in any case. Codes are stored: never renumber them. A crate that uses it has the
/// feature `openapi`, which describes the words.
#[macro_export]
macro_rules! text_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$variant_meta:meta])* $variant:ident = $code:literal => $word:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name {
            $(
                $(#[$variant_meta])*
                #[cfg_attr(feature = "openapi", schema(rename = $word))]
                $variant = $code,
            )+
        }

        impl $name {
            /// Every variant, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The number in the store.
            pub const fn code(self) -> i16 {
                self as i16
            }

            /// The variant with this number, if there is one.
            pub fn from_code(code: i16) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.iter().find(|word| word.as_str().eq_ignore_ascii_case(text));
                found.copied().ok_or_else(|| $crate::UnknownWord {
                    text: text.to_owned(),
                    allowed: [$($word),+].join(", "),
                })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use crate::record::SpanKind;

    #[test]
    fn words_are_read_in_any_case_and_a_wrong_one_lists_the_right_ones() {
        assert_eq!("agent".parse::<SpanKind>().unwrap(), SpanKind::Agent);
        assert_eq!(
            "ROBOT".parse::<SpanKind>().unwrap_err().to_string(),
            "`ROBOT` is not one of AGENT, LLM, TOOL, RETRIEVER, CHAIN"
        );
    }

    #[test]
    fn codes_lead_back_to_their_variant() {
        for kind in SpanKind::ALL {
            assert_eq!(SpanKind::from_code(kind.code()), Some(*kind));
        }
    }
}
