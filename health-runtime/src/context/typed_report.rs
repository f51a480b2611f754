//! One check of a report, by its type.

use std::any::TypeId;
use std::marker::PhantomData;
use std::ops::Deref;

use super::HealthCheck;
use crate::report::{CheckReport, Report};

/// One check in a report, known by its type.
#[derive(Debug)]
pub struct TypedCheckReport<'a, C> {
    report: &'a CheckReport,
    check: PhantomData<fn() -> C>,
}

impl Report {
    /// The check of this type, or else its only instance, with its details typed. `None` if the probe does not include it, or if the
    /// type has several instances.
    pub fn get<C: HealthCheck>(&self) -> Option<TypedCheckReport<'_, C>> {
        let name = self.types.find(TypeId::of::<C>()).ok()?;
        self.check(name).map(|report| TypedCheckReport { report, check: PhantomData })
    }
}

impl<'a, C: HealthCheck> TypedCheckReport<'a, C> {
    /// The details, if the check gave any.
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
