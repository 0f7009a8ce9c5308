//! Messages: objects whose fields are looked up by their names in OTLP.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Visitor};

/// The name of a field, borrowed from the body unless it has escapes.
pub(super) struct Key<'de>(Cow<'de, str>);

impl Deref for Key<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a field")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        from.deserialize_str(Text)
    }
}

/// Makes a message readable: `"name" => field`, `"name" => field as Form` where its type does not
/// say how it is written, `"name" => field = Variant` where it is one of several.
macro_rules! message {
    ($message:ty { $($key:literal => $field:ident $(as $form:ident)? $(= $variant:expr)?),* $(,)? }) => {
        impl $crate::wire::json::fill::Fill for $message {
            fn fill<'de, D: serde::Deserializer<'de>>(&mut self, from: D) -> Result<(), D::Error> {
                struct Fields<'a>(&'a mut $message);
                impl<'de> serde::de::Visitor<'de> for Fields<'_> {
                    type Value = ();

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_unit<E>(self) -> Result<(), E> {
                        Ok(())
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        mut fields: A,
                    ) -> Result<(), A::Error> {
                        use $crate::wire::json::fill::Seed;
                        while let Some(key) =
                            fields.next_key::<$crate::wire::json::message::Key<'de>>()?
                        {
                            match &*key {
                                $($key => {
                                    let place = &mut self.0.$field;
                                    $(let place = &mut $form(place);)?
                                    $(let place = &mut $crate::wire::json::fill::OneOf {
                                        place,
                                        make: $variant,
                                    };)?
                                    fields.next_value_seed(Seed(place))?;
                                })*
                                _ => {
                                    fields.next_value::<serde::de::IgnoredAny>()?;
                                }
                            }
                        }
                        Ok(())
                    }
                }
                from.deserialize_any(Fields(self))
            }
        }
    };
}

pub(super) use message;
