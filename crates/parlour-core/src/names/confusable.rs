//! Names that look the same (UTS #39).

use serde::{Deserialize, Serialize};

use alloc::collections::btree_map::Entry;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use unicode_security::confusable_detection::skeleton as unicode_skeleton;

use super::name::Name;

/// Looks of a name, with its letters as given and in lower case: it may be shown either way.
///
/// ASCII letters stand for themselves, whatever their case. Unicode's table would also make `rn` of
/// `m` and `l` of `1`, which would forbid too many honest names. But a letter of another script
/// that looks like a stroke (Cyrillic І, palochka) can be taken for `I` as well as for `l`: a name
/// with one is compared with others as if those were the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Skeleton {
    given: Name,
    lower: Name,
    /// Skeleton with all strokes alike.
    strokes: Name,
    /// True if the name has a stroke of another script.
    has_stroke: bool,
}

/// Letters that look like a stroke.
const STROKES: [char; 5] = ['l', 'i', '1', '|', '\u{131}'];

/// Returns the looks of a name.
pub(crate) fn looks(name: &str) -> Skeleton {
    let folded: String = name.chars().flat_map(char::to_lowercase).collect();
    let (given, lower) = (skeleton(name), skeleton(&folded));
    let foreign = |c: char| !c.is_ascii() && is_stroke(c);
    let as_stroke = |c: char| if is_stroke(c) { 'l' } else { c };
    Skeleton {
        strokes: skeleton(&folded.chars().map(as_stroke).collect::<String>()).into(),
        has_stroke: name.chars().any(foreign),
        given: given.into(),
        lower: lower.into(),
    }
}

fn is_stroke(c: char) -> bool {
    let first = |c: char| unicode_skeleton(c.encode_utf8(&mut [0; 4])).next();
    let cases = core::iter::once(c).chain(c.to_lowercase());
    c.is_ascii() && STROKES.contains(&c.to_ascii_lowercase())
        || !c.is_ascii() && cases.filter_map(first).any(|seen| STROKES.contains(&seen))
}

/// Returns the skeleton of a text: two texts with one skeleton look the same.
fn skeleton(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        // Unicode's table would make too many ASCII names alike.
        if c.is_ascii() {
            shown.push(c.to_ascii_lowercase());
        } else {
            let mut buffer = [0; 4];
            for seen in unicode_skeleton(c.encode_utf8(&mut buffer)) {
                shown.extend(seen.to_lowercase());
            }
        }
    }
    shown
}

impl Skeleton {
    /// Returns the keys under which the name is indexed.
    fn index_keys(&self) -> Vec<Name> {
        let kind = if self.has_stroke { '?' } else { '~' };
        self.words(&[kind])
    }

    /// Returns the keys under which other names that look like this one are indexed.
    fn sought(&self) -> Vec<Name> {
        // With a stroke it matches every name with strokes, else only those that have one of
        // another script: so it is the same either way round.
        if self.has_stroke {
            self.words(&['?', '~'])
        } else {
            self.words(&['?'])
        }
    }

    fn words(&self, kinds: &[char]) -> Vec<Name> {
        let exact = [&self.given, &self.lower].map(|shown| format!("={shown}").into());
        let strokes = kinds
            .iter()
            .map(|kind| format!("{kind}{}", self.strokes).into());
        let mut words: Vec<Name> = exact.into_iter().chain(strokes).collect();
        words.dedup();
        words
    }
}

/// Index of names by their looks, with their owners.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "K: Ord + Deserialize<'de>"))]
pub(crate) struct SkeletonIndex<K>(BTreeMap<Name, Owners<K>>);

/// Owners of names that look alike. Nearly always there is one, which needs no set of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "K: Ord + Deserialize<'de>"))]
enum Owners<K> {
    One(K),
    Several(BTreeSet<K>),
}

impl<K: Ord + Clone> Owners<K> {
    /// Adds an owner.
    fn add(&mut self, whose: &K) {
        match self {
            Owners::One(known) if known == whose => {}
            Owners::One(known) => {
                *self = Owners::Several(BTreeSet::from([known.clone(), whose.clone()]));
            }
            Owners::Several(owners) => {
                owners.insert(whose.clone());
            }
        }
    }

    /// Removes an owner. Returns whether there are others.
    fn remove(&mut self, whose: &K) -> bool {
        match self {
            Owners::One(known) => known != whose,
            Owners::Several(owners) => {
                owners.remove(whose);
                // As few owners have one shape only: replicas are compared.
                if owners.len() == 1
                    && let Some(last) = owners.pop_first()
                {
                    *self = Owners::One(last);
                }
                true
            }
        }
    }

    /// Returns whether `counts` holds for one of them.
    fn any(&self, counts: impl Fn(&K) -> bool) -> bool {
        match self {
            Owners::One(owner) => counts(owner),
            Owners::Several(owners) => owners.iter().any(counts),
        }
    }
}

impl<K> Default for SkeletonIndex<K> {
    fn default() -> Self {
        SkeletonIndex(BTreeMap::new())
    }
}

impl<K: Ord + Clone> SkeletonIndex<K> {
    /// Adds an owner's name.
    pub fn insert(&mut self, looks: &Skeleton, whose: &K) {
        for word in looks.index_keys() {
            match self.0.entry(word) {
                Entry::Vacant(vacant) => {
                    vacant.insert(Owners::One(whose.clone()));
                }
                Entry::Occupied(mut owners) => owners.get_mut().add(whose),
            }
        }
    }

    /// Removes an owner's name.
    pub fn remove(&mut self, looks: &Skeleton, whose: &K) {
        for word in looks.index_keys() {
            if let Entry::Occupied(mut owners) = self.0.entry(word)
                && !owners.get_mut().remove(whose)
            {
                owners.remove();
            }
        }
    }

    /// Returns whether an owner for whom `counts` holds has a name that looks like this.
    pub fn has_alike(&self, looks: &Skeleton, counts: impl Fn(&K) -> bool) -> bool {
        let words = looks.sought().into_iter();
        let mut owners = words.filter_map(|word| self.0.get(&word));
        owners.any(|owners| owners.any(&counts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str) -> bool {
        let mut index = SkeletonIndex::default();
        index.insert(&looks(a), &1);
        let one_way = index.has_alike(&looks(b), |_| true);
        let mut index = SkeletonIndex::default();
        index.insert(&looks(b), &1);
        assert_eq!(one_way, index.has_alike(&looks(a), |_| true), "{a} {b}");
        index.remove(&looks(b), &1);
        assert!(index.0.is_empty());
        one_way
    }

    #[test]
    fn letters_of_other_scripts_that_look_alike_are_one() {
        // Cyrillic Е, е, а and о.
        assert!(alike("\u{435}van", "Evan"));
        assert!(alike("r\u{43e}\u{43e}t", "root"));
        assert!(!alike("Иван", "Evan"));
        assert!(!alike("bi11", "bill"));
        assert!(!alike("lvan", "Ivan"));
        assert!(!alike("José", "Jose"));
        // Cyrillic В looks like B as it is given only.
        assert!(alike("\u{412}ob", "bob"));
    }

    #[test]
    fn strokes_of_other_scripts_are_taken_for_i_and_for_l() {
        // Cyrillic І and і, Greek Ι, palochka, its small letter, dotless ı.
        for stroke in [
            '\u{406}', '\u{456}', '\u{399}', '\u{4c0}', '\u{4cf}', '\u{131}',
        ] {
            for name in ["Ivan", "ivan", "IVAN"] {
                assert!(alike(&format!("{stroke}van"), name), "{stroke:?} {name}");
            }
            assert!(alike(&format!("bi{stroke}l"), "bill"), "{stroke:?}");
            assert!(alike(&format!("b{stroke}{stroke}l"), "bill"), "{stroke:?}");
            assert!(!alike(&format!("{stroke}van"), "evan"));
        }
    }
}
