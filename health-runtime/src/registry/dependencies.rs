//! Which check another one depends on, and in which order that lets them run.

use std::any::TypeId;
use std::collections::HashSet;
use std::sync::Arc;

use super::{Check, Problem, Registry};
use crate::context::Dependency;

impl Registry {
    /// The checks that a check depends on, with the types that it knows them by.
    ///
    /// What cannot be found is left out; [`check_dependencies`](Self::check_dependencies) has reported it.
    pub(crate) fn dependencies(&self, check: &Check) -> impl Iterator<Item = (TypeId, Arc<str>)> {
        let dependencies = &check.requirements.dependencies;
        dependencies.iter().filter_map(|dependency| Some((dependency.id, Arc::clone(self.resolve(dependency).ok()?))))
    }

    /// Notices dependencies that lead nowhere, to more than one check, or back to where they came from.
    pub(crate) fn check_dependencies(&self, problems: &mut Vec<Problem>) {
        for check in self.0.values() {
            for dependency in &check.requirements.dependencies {
                if let Err(candidates) = self.resolve(dependency) {
                    problems.push(Problem::UnclearDependency {
                        check: check.meta.place(),
                        type_name: dependency.type_name,
                        candidates,
                    });
                }
            }
        }
        let mut done = HashSet::new();
        for name in self.0.keys() {
            self.visit(name, &mut Vec::new(), &mut done, problems);
        }
    }

    /// The check of the type's own name, else its only instance; the error is how many there are.
    fn resolve(&self, dependency: &Dependency) -> Result<&Arc<str>, usize> {
        let instances = || self.0.iter().filter(|(_, check)| check.id == Some(dependency.id));
        let own_name = (dependency.name)();
        if let Some((name, _)) = instances().find(|(name, _)| ***name == *own_name) {
            return Ok(name);
        }
        match instances().count() {
            1 => instances().next().map(|(name, _)| name).ok_or(0),
            candidates => Err(candidates),
        }
    }

    fn visit(
        &self,
        name: &Arc<str>,
        path: &mut Vec<Arc<str>>,
        done: &mut HashSet<Arc<str>>,
        problems: &mut Vec<Problem>,
    ) {
        if let Some(start) = path.iter().position(|visited| visited == name) {
            let path = path[start..].iter().map(|name| self.0[name].meta.place()).collect();
            problems.push(Problem::DependencyCycle { path });
        } else if !done.contains(name) {
            path.push(Arc::clone(name));
            for (_, dependency) in self.dependencies(&self.0[name]) {
                self.visit(&dependency, path, done, problems);
            }
            path.pop();
            done.insert(Arc::clone(name));
        }
    }
}
