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
/// say how it is written, `"name" => field = Variant` where it is one of several. An `item` is a span,
/// a log record or a point.
macro_rules! message {
    (item $message:ty { $($fields:tt)* }) => {
        $crate::wire::json::message::message!(@ $message, true, { $($fields)* });
    };
    ($message:ty { $($fields:tt)* }) => {
        $crate::wire::json::message::message!(@ $message, false, { $($fields)* });
    };
    (@ $message:ty, $is_item:literal, { $($key:literal => $field:ident $(as $form:ident)? $(= $variant:expr)?),* $(,)? }) => {
        impl $crate::wire::json::fill::Fill for $message {
            const IS_ITEM: bool = $is_item;

            fn fill<'de, D: serde::Deserializer<'de>>(
                &mut self,
                from: D,
                meter: &$crate::wire::bounds::Meter<'_>,
            ) -> Result<(), D::Error> {
                struct Fields<'a, 'm>(
                    &'a mut $message,
                    &'a $crate::wire::bounds::Meter<'m>,
                );
                impl<'de> serde::de::Visitor<'de> for Fields<'_, '_> {
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
                                    fields.next_value_seed(Seed(place, self.1))?;
                                })*
                                _ => {
                                    fields.next_value::<serde::de::IgnoredAny>()?;
                                }
                            }
                        }
                        Ok(())
                    }
                }
                from.deserialize_any(Fields(self, meter))
            }
        }
    };
}

pub(super) use message;
