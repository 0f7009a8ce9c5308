//! How a value of JSON becomes a field of a message.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor};

use super::super::bounds::Meter;

/// Something that a value of JSON can be read into.
pub(in crate::wire) trait Fill {
    /// Whether it is a span, a log record or a point.
    const IS_ITEM: bool = false;

    /// Reads the value; `null` leaves everything as it is. What it takes is counted before it is made.
    ///
    /// # Errors
    /// When the value has another shape, or would become too much.
    fn fill<'de, D: Deserializer<'de>>(
        &mut self,
        from: D,
        meter: &Meter<'_>,
    ) -> Result<(), D::Error>;
}

/// Reads into a place.
pub(super) struct Seed<'a, 'm, T: ?Sized>(pub(super) &'a mut T, pub(super) &'a Meter<'m>);

impl<'de, T: Fill + ?Sized> DeserializeSeed<'de> for Seed<'_, '_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        self.0.fill(from, self.1)
    }
}

impl<T: Fill + Default> Fill for Option<T> {
    fn fill<'de, D: Deserializer<'de>>(
        &mut self,
        from: D,
        meter: &Meter<'_>,
    ) -> Result<(), D::Error> {
        struct Place<'a, 'm, T>(&'a mut Option<T>, &'a Meter<'m>);
        impl<'de, T: Fill + Default> Visitor<'de> for Place<'_, '_, T> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or null")
            }

            fn visit_none<E>(self) -> Result<(), E> {
                Ok(())
            }

            fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
                self.0.insert(T::default()).fill(from, self.1)
            }
        }
        from.deserialize_option(Place(self, meter))
    }
}

impl<T: Fill + Default> Fill for Vec<T> {
    fn fill<'de, D: Deserializer<'de>>(
        &mut self,
        from: D,
        meter: &Meter<'_>,
    ) -> Result<(), D::Error> {
        struct Place<'a, 'm, T>(&'a mut Vec<T>, &'a Meter<'m>);
        impl<'de, T: Fill + Default> Visitor<'de> for Place<'_, '_, T> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_unit<E>(self) -> Result<(), E> {
                Ok(())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
                self.0.clear();
                while let Some(item) = items.next_element_seed(Item(PhantomData, self.1))? {
                    self.0.push(item);
                }
                Ok(())
            }
        }
        from.deserialize_any(Place(self, meter))
    }
}

/// One element of an array; `null` is a default one.
struct Item<'a, 'm, T>(PhantomData<T>, &'a Meter<'m>);

impl<'de, T: Fill + Default> DeserializeSeed<'de> for Item<'_, '_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        let counted = self.1.element(size_of::<T>(), T::IS_ITEM);
        counted.map_err(D::Error::custom)?;
        let mut item = T::default();
        item.fill(from, self.1)?;
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
    fn fill<'de, D: Deserializer<'de>>(
        &mut self,
        from: D,
        meter: &Meter<'_>,
    ) -> Result<(), D::Error> {
        let mut value = None;
        Option::<T>::fill(&mut value, from, meter)?;
        if let Some(value) = value {
            *self.place = Some((self.make)(value));
        }
        Ok(())
    }
}
