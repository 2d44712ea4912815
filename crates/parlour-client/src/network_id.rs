//! Number of a network, and a list with an item for each network.

use std::ops::{Index, IndexMut};

/// Number of a network, in the order in which they were added; no network is ever removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkId(usize);

impl NetworkId {
    /// Returns the id of the network at a position among all.
    pub const fn new(number: usize) -> NetworkId {
        NetworkId(number)
    }
}

/// List with an item for each network.
#[derive(Clone, Debug)]
pub struct PerNetwork<T>(Vec<T>);

impl<T> PerNetwork<T> {
    /// Adds the item of the next network, and returns the network's number.
    pub fn push(&mut self, item: T) -> NetworkId {
        self.0.push(item);
        NetworkId(self.0.len() - 1)
    }

    /// Returns the number of networks.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there is no network.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the numbers of all networks.
    pub fn ids(&self) -> impl Iterator<Item = NetworkId> + use<T> {
        (0..self.0.len()).map(NetworkId)
    }

    /// Returns all items, in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }

    /// Returns all items, mutable.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut()
    }

    /// Returns all items with their networks.
    pub fn entries(&self) -> impl Iterator<Item = (NetworkId, &T)> {
        self.ids().zip(&self.0)
    }

    /// Returns all items with their networks, mutable.
    pub fn entries_mut(&mut self) -> impl Iterator<Item = (NetworkId, &mut T)> {
        self.ids().zip(&mut self.0)
    }

    /// Returns the item of the first network.
    pub fn first_mut(&mut self) -> Option<&mut T> {
        self.0.first_mut()
    }

    /// Returns the item of a network, if there is such a network.
    pub fn get(&self, id: NetworkId) -> Option<&T> {
        self.0.get(id.0)
    }
}

impl<T> Default for PerNetwork<T> {
    fn default() -> Self {
        PerNetwork(Vec::new())
    }
}

impl<'n, T> IntoIterator for &'n mut PerNetwork<T> {
    type Item = &'n mut T;
    type IntoIter = std::slice::IterMut<'n, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter_mut()
    }
}

impl<T> FromIterator<T> for PerNetwork<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        PerNetwork(items.into_iter().collect())
    }
}

impl<T> Index<NetworkId> for PerNetwork<T> {
    type Output = T;

    fn index(&self, id: NetworkId) -> &T {
        &self.0[id.0]
    }
}

impl<T> IndexMut<NetworkId> for PerNetwork<T> {
    fn index_mut(&mut self, id: NetworkId) -> &mut T {
        &mut self.0[id.0]
    }
}
