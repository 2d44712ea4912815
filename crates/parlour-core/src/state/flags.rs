//! Sets of modes that are on or off.

use core::marker::PhantomData;

/// Modes that are on or off, at most sixteen of them.
pub trait Flag: Copy + PartialEq + 'static {
    /// Every one, in the order in which they are shown.
    const ALL: &'static [Self];

    /// Its number, below sixteen.
    fn number(self) -> u8;
}

/// Those of them that are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlagSet<F>(u16, PhantomData<F>);

impl<F> Default for FlagSet<F> {
    fn default() -> Self {
        FlagSet(0, PhantomData)
    }
}

impl<F: Flag> FlagSet<F> {
    /// Whether the flag is on.
    pub fn has(self, flag: F) -> bool {
        self.0 & (1 << flag.number()) != 0
    }

    /// Sets or removes a flag; false if that changes nothing.
    pub fn set(&mut self, flag: F, on: bool) -> bool {
        let before = self.0;
        if on {
            self.0 |= 1 << flag.number();
        } else {
            self.0 &= !(1 << flag.number());
        }
        before != self.0
    }

    /// The flags that are on.
    pub fn iter(self) -> impl Iterator<Item = F> {
        F::ALL.iter().copied().filter(move |&flag| self.has(flag))
    }
}
