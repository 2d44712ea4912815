//! Sets of mode flags.

use serde::{Deserialize, Serialize};

use core::marker::PhantomData;

/// Flag of a mode or right; at most sixteen per type.
pub trait Flag: Copy + PartialEq + 'static {
    /// All flags, in display order.
    const ALL: &'static [Self];

    /// Returns the bit number, below sixteen.
    fn number(self) -> u8;
}

/// Set of flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagSet<F>(u16, PhantomData<F>);

impl<F> Default for FlagSet<F> {
    fn default() -> Self {
        FlagSet(0, PhantomData)
    }
}

impl<F: Flag> FlagSet<F> {
    /// Returns whether the flag is set.
    pub fn has(self, flag: F) -> bool {
        self.0 & (1 << flag.number()) != 0
    }

    /// Sets or clears a flag; returns false if nothing changed.
    pub fn set(&mut self, flag: F, on: bool) -> bool {
        let before = self.0;
        if on {
            self.0 |= 1 << flag.number();
        } else {
            self.0 &= !(1 << flag.number());
        }
        before != self.0
    }

    /// Returns the flags that are set.
    pub fn iter(self) -> impl Iterator<Item = F> {
        F::ALL.iter().copied().filter(move |&flag| self.has(flag))
    }
}
