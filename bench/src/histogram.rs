//! Histogram of times, log-linear: 128 steps to each power of two, so that a quantile is exact to
//! 0.8 %.

use crate::clock::Nanos;

/// Bits of a value that are kept.
const BITS: u32 = 7;

/// Histogram of nanoseconds.
pub(crate) struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    max: Nanos,
}

impl Histogram {
    /// Creates an empty histogram.
    pub fn new() -> Histogram {
        Histogram {
            buckets: vec![0; 64 << BITS],
            count: 0,
            max: 0,
        }
    }

    /// Adds a value.
    pub fn add(&mut self, value: Nanos) {
        self.buckets[index(value)] += 1;
        self.count += 1;
        self.max = self.max.max(value);
    }

    /// Returns the number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns the largest value.
    pub fn max(&self) -> Nanos {
        self.max
    }

    /// Returns the value that the share `quantile` of all values does not exceed; 0 if there is none.
    pub fn quantile(&self, quantile: f64) -> Nanos {
        let wanted = (quantile * self.count as f64).ceil() as u64;
        let mut below = 0;
        for (index, count) in self.buckets.iter().enumerate() {
            below += count;
            if *count > 0 && below >= wanted {
                return lower_end(index).min(self.max);
            }
        }
        self.max
    }
}

fn index(value: Nanos) -> usize {
    if value < 1 << BITS {
        return value as usize;
    }
    let exponent = value.ilog2();
    let bucket = (value >> (exponent - BITS)) as usize - (1 << BITS);
    (((exponent - BITS + 1) as usize) << BITS) + bucket
}

fn lower_end(index: usize) -> Nanos {
    if index < 1 << BITS {
        return index as Nanos;
    }
    let exponent = (index >> BITS) as u32 - 1;
    let bucket = (index & ((1 << BITS) - 1)) as Nanos;
    ((1 << BITS) + bucket) << exponent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_exact_to_one_percent() {
        let mut histogram = Histogram::new();
        for value in 1..=100_000 {
            histogram.add(value * 1_000);
        }
        for (quantile, exact) in [
            (0.5, 50_000_000.0),
            (0.99, 99_000_000.0),
            (0.999, 99_900_000.0),
        ] {
            let found = histogram.quantile(quantile) as f64;
            assert!((found / exact - 1.0).abs() < 0.01, "{quantile}: {found}");
        }
        assert_eq!(histogram.max(), 100_000_000);
        assert_eq!(Histogram::new().quantile(0.5), 0);
    }

    #[test]
    fn each_value_is_in_the_bucket_that_begins_below_it() {
        for value in (0..62).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit, (1 << bit) + 1]) {
            let start = lower_end(index(value));
            assert!(start <= value && value - start <= value >> BITS, "{value}");
        }
    }
}
