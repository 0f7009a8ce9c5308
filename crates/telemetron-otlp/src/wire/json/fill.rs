//! How a value of JSON becomes a field of a message.

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Something that a value of JSON can be read into.
pub(in crate::wire) trait Fill {
    /// Reads the value; `null` leaves everything as it is.
    ///
    /// # Errors
    /// When the value has another shape.
    fn fill<'de, D: Deserializer<'de>>(&mut self, from: D) -> Result<(), D::Error>;
}

/// Reads into a place.
pub(super) struct Seed<'a, T: ?Sized>(pub(super) &'a mut T);

impl<'de, T: Fill + ?Sized> DeserializeSeed<'de> for Seed<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        self.0.fill(from)
    }
}

impl<T: Fill + Default> Fill for Option<T> {
    fn fill<'de, D: Deserializer<'de>>(&mut self, from: D) -> Result<(), D::Error> {
        struct Place<'a, T>(&'a mut Option<T>);
        impl<'de, T: Fill + Default> Visitor<'de> for Place<'_, T> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or null")
            }

            fn visit_none<E>(self) -> Result<(), E> {
                Ok(())
            }

            fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
                self.0.insert(T::default()).fill(from)
            }
        }
        from.deserialize_option(Place(self))
    }
}

impl<T: Fill + Default> Fill for Vec<T> {
    fn fill<'de, D: Deserializer<'de>>(&mut self, from: D) -> Result<(), D::Error> {
        struct Place<'a, T>(&'a mut Vec<T>);
        impl<'de, T: Fill + Default> Visitor<'de> for Place<'_, T> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_unit<E>(self) -> Result<(), E> {
                Ok(())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
                self.0.clear();
                while let Some(item) = items.next_element_seed(Item(PhantomData))? {
                    self.0.push(item);
                }
                Ok(())
            }
        }
        from.deserialize_any(Place(self))
    }
}

/// One element of an array; `null` is a default one.
struct Item<T>(PhantomData<T>);

impl<'de, T: Fill + Default> DeserializeSeed<'de> for Item<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        let mut item = T::default();
        item.fill(from)?;
        Ok(item)
    }
}

/// One of several fields of which a message has at most one; the last that is not `null` counts.
pub(super) struct OneOf<'a, T, E> {
    /// Where it goes.
    pub(super) place: &'a mut Option<E>,
    /// What makes the variant.
    pub(super) make: fn(T) -> E,
}

impl<T: Fill + Default, E> Fill for OneOf<'_, T, E> {
    fn fill<'de, D: Deserializer<'de>>(&mut self, from: D) -> Result<(), D::Error> {
        let mut value = None;
        Option::<T>::fill(&mut value, from)?;
        if let Some(value) = value {
            *self.place = Some((self.make)(value));
        }
        Ok(())
    }
}
