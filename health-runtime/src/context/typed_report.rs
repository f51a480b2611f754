//! One check of a report, with typed details.

use std::any::TypeId;
use std::marker::PhantomData;
use std::ops::Deref;

use super::HealthCheck;
use crate::report::{CheckReport, Report};

/// One check in a report, with typed details; made by [`Report::get`].
#[derive(Debug)]
pub struct TypedCheckReport<'a, C> {
    report: &'a CheckReport,
    check: PhantomData<fn() -> C>,
}

impl Report {
    /// Returns the check of this type, or else its only instance, with typed details. `None` if the type identifies no check, or the probe
    /// does not include it.
    pub fn get<C: HealthCheck>(&self) -> Option<TypedCheckReport<'_, C>> {
        let name = self.types.find(TypeId::of::<C>()).ok()?;
        self.check(name).map(|report| TypedCheckReport { report, check: PhantomData })
    }
}

impl<'a, C: HealthCheck> TypedCheckReport<'a, C> {
    /// The details; `None` if there are none.
    pub fn details(&self) -> Option<&'a C::Details> {
        self.report.details()
    }
}

impl<C> Deref for TypedCheckReport<'_, C> {
    type Target = CheckReport;

    fn deref(&self) -> &CheckReport {
        self.report
    }
}
