//! Retention of the files in the object store: those of nodes that are gone have nobody else who deletes them.

use std::collections::{BTreeMap, BTreeSet};

use parlour_cluster::ObjectInfo;
use parlour_core::{MsgId, Time};

/// Ending of the object that describes a file.
pub(super) const ABOUT: &str = ".about";
/// Ending of the object that names the first message which links to a file.
pub(super) const LINK: &str = ".link";

/// Times of retention: what is from before them goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Before {
    /// Files, if they are not kept for ever.
    pub kept: Option<Time>,
    /// Files that no message links to.
    pub unlinked: Time,
}

/// Files in the object store, by what is to become of them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Sorted {
    /// Files whose time is over.
    pub over: BTreeSet<String>,
    /// Other files, by the message that they go with.
    pub linked: BTreeMap<MsgId, Vec<String>>,
}

/// Sorts the files by the objects that describe them.
pub(super) fn sort(objects: &[ObjectInfo], before: Before) -> Sorted {
    let links = objects.iter().filter_map(|object| {
        let file = object.name.strip_suffix(LINK)?;
        Some((file, object.note.as_deref().and_then(MsgId::parse)))
    });
    let links: BTreeMap<&str, Option<MsgId>> = links.collect();
    let mut sorted = Sorted::default();
    for object in objects {
        let Some(file) = object.name.strip_suffix(ABOUT) else {
            continue;
        };
        let link = links.get(file);
        let is_old = before.kept.is_some_and(|before| object.stored < before);
        let is_unlinked = link.is_none() && object.stored < before.unlinked;
        match link {
            _ if is_old || is_unlinked => {
                sorted.over.insert(file.to_owned());
            }
            Some(Some(message)) => {
                let files = sorted.linked.entry(*message).or_default();
                files.push(file.to_owned());
            }
            Some(None) | None => {}
        }
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(name: &str, stored: u64, note: Option<MsgId>) -> ObjectInfo {
        ObjectInfo {
            name: name.into(),
            stored: Time(stored),
            note: note.map(|id| id.to_string()),
        }
    }

    #[test]
    fn a_file_goes_by_its_age_by_its_message_and_not_for_being_a_part() {
        let message = MsgId(77);
        let objects = [
            object("old", 10, None),
            object("old.about", 10, None),
            object("old.link", 11, Some(message)),
            object("unlinked.about", 30, None),
            object("new.about", 60, None),
            object("linked.about", 30, None),
            object("linked.link", 31, Some(message)),
            // It is being stored, or deleted.
            object("part", 1, None),
            object("part.thumb", 1, None),
        ];
        let before = Before {
            kept: Some(Time(20)),
            unlinked: Time(50),
        };
        let sorted = sort(&objects, before);
        assert_eq!(sorted.over, ["old", "unlinked"].map(str::to_owned).into());
        assert_eq!(sorted.linked, [(message, vec!["linked".to_owned()])].into());
        let forever = Before {
            kept: None,
            ..before
        };
        let sorted = sort(&objects, forever);
        assert_eq!(sorted.over, ["unlinked".to_owned()].into());
        assert_eq!(sorted.linked[&message], ["old", "linked"]);
    }
}
