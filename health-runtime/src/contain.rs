//! Calls user code, and contains its panics.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::mask::excerpt;

/// Calls user code. If it panics, the error is the text of the panic, unmasked.
pub(crate) fn contained<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| {
        let text = panic_text(&*payload);
        // The payload's own destructor may panic too.
        std::mem::forget(payload);
        text
    })
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.map_or_else(|| "the panic carries no text".to_owned(), excerpt)
}
