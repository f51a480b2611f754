//! Details as JSON. Rejects numbers that JSON does not have.

use serde::ser::{self, Error as _};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Error, Result};

/// The JSON of a value. Fails if a number in it would be written as `null`.
pub(crate) fn to_json(value: &dyn erased_serde::Serialize) -> Result<Box<RawValue>> {
    check(value)?;
    to_raw_value(value)
}

/// Fails if a value contains NaN or an infinity, which `serde_json` writes as `null`, against the schema.
fn check<T: Serialize + ?Sized>(value: &T) -> Result<()> {
    value.serialize(Finite)
}

/// A serializer without output that checks floating-point numbers.
struct Finite;

/// Values without floating-point numbers.
macro_rules! fine {
    ($($method:ident($($argument:ty),*);)*) => {
        $(fn $method(self, $(_: $argument),*) -> Result<()> {
            Ok(())
        })*
    };
}

/// Values that contain others.
macro_rules! compound {
    ($($part:ident::$method:ident($($argument:ty),*);)*) => {
        $(impl ser::$part for Finite {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, $(_: $argument,)* value: &T) -> Result<()> {
                check(value)
            }

            fn end(self) -> Result<()> {
                Ok(())
            }
        })*
    };
}

impl Serializer for Finite {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    fine! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_f32(self, number: f32) -> Result<()> {
        self.serialize_f64(number.into())
    }

    fn serialize_f64(self, number: f64) -> Result<()> {
        if number.is_finite() { Ok(()) } else { Err(Error::custom(format_args!("JSON has no number {number}"))) }
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        check(value)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<()> {
        check(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<()> {
        check(value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self> {
        Ok(self)
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Self> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self> {
        Ok(self)
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Self> {
        Ok(self)
    }

    fn collect_str<T: std::fmt::Display + ?Sized>(self, _: &T) -> Result<()> {
        Ok(())
    }
}

compound! {
    SerializeSeq::serialize_element();
    SerializeTuple::serialize_element();
    SerializeTupleStruct::serialize_field();
    SerializeTupleVariant::serialize_field();
    SerializeStruct::serialize_field(&'static str);
    SerializeStructVariant::serialize_field(&'static str);
}

impl ser::SerializeMap for Finite {
    type Ok = ();
    type Error = Error;

    // In JSON, every key is a text.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<()> {
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        check(value)
    }

    fn end(self) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Serialize)]
    enum Shape {
        Newtype(f64),
        Tuple(u8, f32),
        Struct { a: Option<f64> },
    }

    #[test]
    fn one_number_that_is_none_is_found_wherever_it_is() {
        let shapes = |number: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "what is finite stays finite, and what is not does not"
            )]
            let short = number as f32;
            [
                check(&number).is_ok(),
                check(&[1.0, number]).is_ok(),
                check(&(1, short)).is_ok(),
                check(&Shape::Newtype(number)).is_ok(),
                check(&Shape::Tuple(1, short)).is_ok(),
                check(&Shape::Struct { a: Some(number) }).is_ok(),
                check(&BTreeMap::from([("key", vec![number])])).is_ok(),
            ]
        };
        assert_eq!(shapes(1.5), [true; 7]);
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(shapes(number), [false; 7]);
        }
    }
}
