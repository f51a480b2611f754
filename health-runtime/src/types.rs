//! The check that a type identifies, for `Depends`, `Report::get` and other calls with the type of a check.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::Arc;

/// The checks of each type. Changes only when a check is added or removed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Types(HashMap<TypeId, Vec<Candidate>>);

#[derive(Debug, Clone)]
struct Candidate {
    name: Arc<str>,
    /// Whether the check has another name than its type gives it: an instance.
    is_instance: bool,
}

impl Types {
    pub(crate) fn add(&mut self, check: TypeId, name: &Arc<str>, is_instance: bool) {
        self.0.entry(check).or_default().push(Candidate { name: Arc::clone(name), is_instance });
    }

    /// Removes a check. A type that identified it identifies none from now on, even if one instance is left.
    pub(crate) fn remove(&mut self, name: &str) {
        let meant = |types: &Self, check| types.find(check).is_ok_and(|meant| **meant == *name);
        let lost: Vec<_> = self.0.keys().copied().filter(|check| meant(self, *check)).collect();
        for check in lost {
            self.0.remove(&check);
        }
        for candidates in self.0.values_mut() {
            candidates.retain(|candidate| *candidate.name != *name);
        }
    }

    /// The name of the check of this type, or else of its only instance. The error is the number of checks of this type.
    pub(crate) fn find(&self, check: TypeId) -> Result<&Arc<str>, usize> {
        let candidates = self.0.get(&check).map(Vec::as_slice).unwrap_or_default();
        let mut own = candidates.iter().filter(|candidate| !candidate.is_instance);
        match (own.next(), own.next(), candidates) {
            (Some(own), None, _) => Ok(&own.name),
            (None, _, [instance]) => Ok(&instance.name),
            _ => Err(candidates.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(candidates: &[(&str, bool)]) -> Types {
        let mut types = Types::default();
        for (name, is_instance) in candidates {
            types.add(TypeId::of::<u8>(), &Arc::from(*name), *is_instance);
        }
        types
    }

    fn meaning(types: &Types) -> Result<&str, usize> {
        types.find(TypeId::of::<u8>()).map(|name| &**name)
    }

    #[test]
    fn a_type_means_the_check_itself_or_else_its_only_instance() {
        for (candidates, expected) in [
            (&[][..], Err(0)),
            (&[("db", false)], Ok("db")),
            (&[("a", true)], Ok("a")),
            (&[("a", true), ("db", false), ("b", true)], Ok("db")),
            (&[("a", true), ("b", true)], Err(2)),
            (&[("x", false), ("y", false)], Err(2)),
        ] {
            assert_eq!(meaning(&types(candidates)), expected, "{candidates:?}");
        }
        assert_eq!(types(&[("db", false)]).find(TypeId::of::<u16>()), Err(0));
    }

    #[test]
    fn a_type_whose_check_is_removed_does_not_come_to_mean_another() {
        let mut types = types(&[("db", false), ("replica", true)]);
        types.remove("replica");
        assert_eq!(meaning(&types), Ok("db"));
        types.add(TypeId::of::<u8>(), &Arc::from("replica"), true);
        types.remove("db");
        assert_eq!(meaning(&types), Err(0));
        types.add(TypeId::of::<u8>(), &Arc::from("db"), false);
        assert_eq!(meaning(&types), Ok("db"));
    }
}
