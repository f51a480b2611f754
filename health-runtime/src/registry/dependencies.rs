//! Resolves the dependencies of checks, and finds cycles.

use std::any::TypeId;
use std::collections::HashSet;
use std::sync::Arc;

use super::{Check, Problem, Registry};

impl Registry {
    /// The dependencies of a check.
    ///
    /// Those that cannot be resolved are left out; [`check_dependencies`](Self::check_dependencies) reports them.
    pub(crate) fn dependencies(&self, check: &Check) -> impl Iterator<Item = (TypeId, Arc<str>)> {
        let dependencies = &check.requirements.dependencies;
        dependencies
            .iter()
            .filter_map(|dependency| Some((dependency.id, Arc::clone(self.types.find(dependency.id).ok()?))))
    }

    /// Reports dependencies that identify no check or form a cycle.
    pub(crate) fn check_dependencies(&self, problems: &mut Vec<Problem>) {
        for check in self.checks.values() {
            for dependency in &check.requirements.dependencies {
                if let Err(candidates) = self.types.find(dependency.id) {
                    problems.push(Problem::UnclearDependency {
                        check: check.meta.place(),
                        type_name: dependency.type_name,
                        candidates,
                    });
                }
            }
        }
        let mut done = HashSet::new();
        for name in self.checks.keys() {
            self.visit(name, &mut Vec::new(), &mut done, problems);
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
            let path = path[start..].iter().map(|name| self.checks[name].meta.place()).collect();
            problems.push(Problem::DependencyCycle { path });
        } else if !done.contains(name) {
            path.push(Arc::clone(name));
            for (_, dependency) in self.dependencies(&self.checks[name]) {
                self.visit(&dependency, path, done, problems);
            }
            path.pop();
            done.insert(Arc::clone(name));
        }
    }
}
