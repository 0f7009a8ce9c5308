//! What was noted last, by its name. Bounded: the oldest is forgotten.

use std::collections::VecDeque;

/// Most that is noted.
const MOST: usize = 256;

/// Notes by name.
#[derive(Debug, Clone)]
pub(super) struct Recent<V>(VecDeque<(String, V)>);

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<V> Recent<V> {
    pub(super) fn get(&self, name: &str) -> Option<&V> {
        let found = self.0.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value)
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut V> {
        let mut all = self.0.iter_mut().rev();
        all.find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// What is noted under a name, which is made where there is nothing.
    pub(super) fn entry(&mut self, name: &str, new: impl FnOnce() -> V) -> &mut V {
        let place = self.0.iter().rposition(|(known, _)| known == name);
        let place = place.unwrap_or_else(|| {
            if self.0.len() == MOST {
                self.0.pop_front();
            }
            self.0.push_back((name.to_owned(), new()));
            self.0.len() - 1
        });
        &mut self.0[place].1
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<V> {
        let place = self.0.iter().rposition(|(known, _)| known == name)?;
        self.0.remove(place).map(|(_, value)| value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(String, V)> {
        self.0.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
