//! Details of every shape that serde knows: the document says what schemars says, and the answers are what it says.

#![expect(clippy::print_stdout, reason = "the list of what passed and what was refused is worth reading")]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::option_option, clippy::struct_field_names, reason = "every shape is wanted")]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::{NonZeroI32, NonZeroU8};
use std::ops::{Bound, Range};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use health_runtime::{BuildError, Check, CheckMeta, Details, Health, HealthBuilder, Outcome, Probe, Problem};
use health_tests::Contract;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::{ReplaceBoolSchemas, ReplaceConstValue};
use schemars::{JsonSchema, Schema, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

/// A check for each type, and what schemars says about the type.
macro_rules! corpus {
    ($($name:ident: $ty:ty = $value:expr;)*) => {
        fn corpus() -> Vec<Entry> {
            vec![$(Entry { name: stringify!($name), check: || check::<$ty>(stringify!($name), || $value), says: says::<$ty> }),*]
        }
    };
}

corpus! {
    boolean: bool_in::Flag = bool_in::Flag { on: true };
    unsigned: Unsigned = Unsigned { a: 0, b: u16::MAX, c: u32::MAX, d: u64::MAX, e: 7, f: 3 };
    signed: Signed = Signed { a: i8::MIN, b: i16::MIN, c: i32::MIN, d: i64::MIN, e: -7, f: -3 };
    floats: Floats = Floats { single: 0.5, double: -1e300 };
    nonzero: NonZero = NonZero { small: NonZeroU8::MIN, signed: NonZeroI32::MIN };
    text: String = "text \u{0} \u{1F980}".to_owned();
    character: char = 'ß';
    borrowed: Cow<'static, str> = Cow::Borrowed("text");
    list: Vec<u32> = vec![1, 2];
    list_of_structs: Vec<Leaf> = vec![Leaf { value: 1 }];
    array: [u8; 3] = [1, 2, 3];
    empty_array: [u8; 0] = [];
    tuple: (u8, String, Option<bool>) = (1, "text".to_owned(), None);
    set: BTreeSet<Unit> = [Unit::First, Unit::Second].into();
    map: BTreeMap<String, u32> = [("a".to_owned(), 1)].into();
    map_by_number: BTreeMap<u16, Leaf> = [(7, Leaf { value: 1 })].into();
    map_by_enum: HashMap<Unit, u32> = [(Unit::First, 1)].into();
    map_of_maps: BTreeMap<String, BTreeMap<String, Leaf>> = [("a".to_owned(), BTreeMap::new())].into();
    boxed: Box<Leaf> = Box::new(Leaf { value: 1 });
    shared: Arc<Leaf> = Arc::new(Leaf { value: 1 });
    untyped: Value = json!({"a": [null, {}]});
    untyped_map: serde_json::Map<String, Value> = serde_json::Map::new();
    anything_inside: Anything = Anything { value: json!(1), values: vec![json!(null)], nothing: () };
    duration: Duration = Duration::from_millis(1500);
    moment: SystemTime = SystemTime::UNIX_EPOCH;
    bounds: Bounds = Bounds { range: 1..2, from: Bound::Excluded(1), to: Bound::Unbounded };
    outcome: Answers = Answers { good: Ok(1), bad: Err("text".to_owned()) };
    addresses: Addresses = Addresses { v4: Ipv4Addr::LOCALHOST, v6: Ipv6Addr::LOCALHOST, any: IpAddr::V4(Ipv4Addr::LOCALHOST) };
    identifier: uuid::Uuid = uuid::Uuid::nil();
    dates: Dates = Dates { utc: chrono::DateTime::UNIX_EPOCH, date: chrono::NaiveDate::default(), time: chrono::NaiveTime::MIN };
    jiff_dates: JiffDates = JiffDates { moment: jiff::Timestamp::UNIX_EPOCH, date: jiff::civil::date(2026, 11, 22) };

    unit_struct: UnitStruct = UnitStruct;
    newtype: Newtype = Newtype(1);
    newtype_of_struct: NewtypeOfStruct = NewtypeOfStruct(Leaf { value: 1 });
    transparent: Transparent = Transparent { inner: Leaf { value: 1 }, marker: PhantomData };
    tuple_struct: TupleStruct = TupleStruct(1, "text".to_owned());
    nested: Nested = Nested { leaf: Leaf { value: 1 }, leaves: vec![Leaf { value: 2 }], maybe: None };
    recursive: Recursive = Recursive { value: 1, left: Some(Box::new(Recursive { value: 2, left: None, others: vec![] })), others: vec![] };
    mutually_recursive: Hen = Hen { eggs: vec![Egg { hen: Some(Box::new(Hen { eggs: vec![] })) }] };
    generic: Generic<u32> = Generic { value: 1 };
    generic_of_struct: Generic<Leaf> = Generic { value: Leaf { value: 1 } };
    generics_side_by_side: BothGenerics = BothGenerics { a: Generic { value: 1 }, b: Generic { value: "text".to_owned() } };
    options: Options = Options { plain: None, skipped: None, twice: Some(None), of_struct: Some(Leaf { value: 1 }) };
    renamed: Renamed = Renamed { some_field: 1, other: 2, sentence: 3 };
    keywords: Keywords = Keywords { constant: 1, reference: 2, properties: 3, not: 4, default: Leaf { value: 1 }, examples: 5 };
    skipped: Skipped = Skipped { kept: 1, skipped: 2, read_only: 3 };
    defaults: Defaults = Defaults { a: 1, b: Leaf { value: 1 } };
    deprecated: Deprecated = Deprecated { old: 1, new: 1 };
    limits: Limits = Limits { percent: 50, name: "name".to_owned(), code: "AB12".to_owned(), few: vec![1, 2] };
    annotated: Annotated = Annotated { value: 1 };
    closed: Closed = Closed { value: 1 };
    written_otherwise: WrittenOtherwise = WrittenOtherwise { value: 1 };
    flattened: Flattened = Flattened { own: 1, leaf: Leaf { value: 2 }, rest: [("more".to_owned(), 3)].into() };
    flattened_option: FlattenedOption = FlattenedOption { own: 1, leaf: None };
    flattened_enum: FlattenedEnum = FlattenedEnum { own: 1, kind: Internal::B { y: None }, more: External::Struct { a: 1 } };
    flattened_untagged: FlattenedUntagged = FlattenedUntagged { own: 1, rest: Untagged::Struct { leaf: Leaf { value: 1 } } };

    unit_enum: Unit = Unit::First;
    documented_enum: Documented = Documented::Second;
    renamed_enum: RenamedEnum = RenamedEnum::SecondOne;
    external: External = External::Tuple(1, "text".to_owned());
    external_unit: Holds<External> = Holds { value: External::Unit };
    internal: Internal = Internal::A { x: 1 };
    adjacent: Adjacent = Adjacent::Newtype(Leaf { value: 1 });
    adjacent_unit: Holds<Adjacent> = Holds { value: Adjacent::Unit };
    untagged: Untagged = Untagged::Number(1.5);
    untagged_unit: Holds<Untagged> = Holds { value: Untagged::Unit };
    one_untagged_variant: OneUntagged = OneUntagged::Other("text".to_owned());
    enum_of_one: One = One::Only;
    enum_in_enum: Holds<Internal> = Holds { value: Internal::C(Leaf { value: 1 }) };
    no_variant: NoVariant = NoVariant { never: None };

    by_hand: ByHand = ByHand(2);
    by_hand_bool: ByHandBool = ByHandBool(2);
    odd_name: Größe = Größe { value: 1 };
    spaced_name: SpacedName = SpacedName { value: Größe { value: 1 } };
}

mod bool_in {
    #[derive(serde::Serialize, schemars::JsonSchema)]
    pub(crate) struct Flag {
        pub(crate) on: bool,
    }
}

#[derive(Serialize, JsonSchema)]
struct Unsigned {
    a: u8,
    b: u16,
    c: u32,
    d: u64,
    e: u128,
    f: usize,
}

#[derive(Serialize, JsonSchema)]
struct Signed {
    a: i8,
    b: i16,
    c: i32,
    d: i64,
    e: i128,
    f: isize,
}

#[derive(Serialize, JsonSchema)]
struct Floats {
    single: f32,
    double: f64,
}

#[derive(Serialize, JsonSchema)]
struct NonZero {
    small: NonZeroU8,
    signed: NonZeroI32,
}

/// The smallest struct.
#[derive(Serialize, JsonSchema)]
struct Leaf {
    /// Its value.
    value: u32,
}

#[derive(Serialize, JsonSchema)]
struct Anything {
    value: Value,
    values: Vec<Value>,
    nothing: (),
}

#[derive(Serialize, JsonSchema)]
struct Bounds {
    range: Range<u32>,
    from: Bound<u32>,
    to: Bound<u32>,
}

#[derive(Serialize, JsonSchema)]
struct Answers {
    good: Result<u32, String>,
    bad: Result<u32, String>,
}

#[derive(Serialize, JsonSchema)]
struct Addresses {
    v4: Ipv4Addr,
    v6: Ipv6Addr,
    any: IpAddr,
}

#[derive(Serialize, JsonSchema)]
struct Dates {
    utc: chrono::DateTime<chrono::Utc>,
    date: chrono::NaiveDate,
    time: chrono::NaiveTime,
}

#[derive(Serialize, JsonSchema)]
struct JiffDates {
    moment: jiff::Timestamp,
    date: jiff::civil::Date,
}

#[derive(Serialize, JsonSchema)]
struct UnitStruct;

#[derive(Serialize, JsonSchema)]
struct Newtype(u32);

#[derive(Serialize, JsonSchema)]
struct NewtypeOfStruct(Leaf);

#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
struct Transparent {
    inner: Leaf,
    #[serde(skip)]
    marker: PhantomData<u8>,
}

#[derive(Serialize, JsonSchema)]
struct TupleStruct(u32, String);

/// A struct of structs.
#[derive(Serialize, JsonSchema)]
struct Nested {
    /// Documented here, and where its type is.
    leaf: Leaf,
    leaves: Vec<Leaf>,
    maybe: Option<Leaf>,
}

#[derive(Serialize, JsonSchema)]
struct Recursive {
    value: u32,
    left: Option<Box<Self>>,
    others: Vec<Self>,
}

#[derive(Serialize, JsonSchema)]
struct Hen {
    eggs: Vec<Egg>,
}

#[derive(Serialize, JsonSchema)]
struct Egg {
    hen: Option<Box<Hen>>,
}

#[derive(Serialize, JsonSchema)]
struct Generic<T> {
    value: T,
}

#[derive(Serialize, JsonSchema)]
struct BothGenerics {
    a: Generic<u8>,
    b: Generic<String>,
}

#[derive(Serialize, JsonSchema)]
struct Options {
    plain: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<u32>,
    twice: Option<Option<u32>>,
    of_struct: Option<Leaf>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
struct Renamed {
    some_field: u32,
    #[serde(rename = "$other/name~with%everything")]
    other: u32,
    #[serde(rename(serialize = "a whole sentence", deserialize = "unseen"))]
    sentence: u32,
}

#[derive(Serialize, JsonSchema)]
struct Keywords {
    #[serde(rename = "const")]
    constant: u32,
    #[serde(rename = "$ref")]
    reference: u32,
    properties: u32,
    not: u32,
    default: Leaf,
    examples: u32,
}

#[derive(Serialize, JsonSchema)]
struct Skipped {
    kept: u32,
    #[serde(skip)]
    #[expect(dead_code, reason = "it is skipped")]
    skipped: u32,
    #[serde(skip_deserializing)]
    read_only: u32,
}

#[derive(Serialize, JsonSchema)]
#[serde(default)]
struct Defaults {
    a: u32,
    b: Leaf,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { a: 7, b: Leaf { value: 8 } }
    }
}

#[derive(Serialize, JsonSchema)]
struct Deprecated {
    #[schemars(extend("deprecated" = true))]
    old: u32,
    new: u32,
}

#[derive(Serialize, JsonSchema)]
struct Limits {
    #[schemars(range(min = 0, max = 100))]
    percent: u32,
    #[schemars(length(min = 1, max = 8))]
    name: String,
    #[schemars(regex(pattern = "^[A-Z]{2}[0-9]{2}$"))]
    code: String,
    #[schemars(length(max = 3), inner(range(min = 1)))]
    few: Vec<u32>,
}

/// # A title
/// A description
/// over two lines.
#[derive(Serialize, JsonSchema)]
#[schemars(example = json!({"value": 5}), extend("x-unit" = "ms"))]
struct Annotated {
    #[schemars(title = "Value", example = 5)]
    value: u32,
}

#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Closed {
    value: u32,
}

#[derive(Serialize, JsonSchema)]
struct WrittenOtherwise {
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    value: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
fn as_text<S: serde::Serializer>(value: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[derive(Serialize, JsonSchema)]
struct Flattened {
    own: u32,
    #[serde(flatten)]
    leaf: Leaf,
    #[serde(flatten)]
    rest: BTreeMap<String, u32>,
}

#[derive(Serialize, JsonSchema)]
struct FlattenedOption {
    own: u32,
    #[serde(flatten)]
    leaf: Option<Leaf>,
}

#[derive(Serialize, JsonSchema)]
struct FlattenedEnum {
    own: u32,
    #[serde(flatten)]
    kind: Internal,
    #[serde(flatten)]
    more: External,
}

#[derive(Serialize, JsonSchema)]
struct FlattenedUntagged {
    own: u32,
    #[serde(flatten)]
    rest: Untagged,
}

#[derive(Serialize, JsonSchema, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Unit {
    First,
    Second,
}

/// An enum.
#[derive(Serialize, JsonSchema)]
#[expect(dead_code, reason = "one value of each type is enough")]
enum Documented {
    /// The first.
    First,
    /// The second.
    Second,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "one value of each type is enough")]
enum RenamedEnum {
    FirstOne,
    SecondOne,
    #[serde(rename = "the third one")]
    Third,
}

#[derive(Serialize, JsonSchema)]
#[expect(dead_code, reason = "one value of each type is enough")]
enum External {
    Unit,
    Newtype(Leaf),
    Tuple(u32, String),
    Struct { a: u32 },
}

#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Internal {
    A { x: u32 },
    B { y: Option<String> },
    C(Leaf),
}

#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", content = "content")]
#[expect(dead_code, reason = "one value of each type is enough")]
enum Adjacent {
    Unit,
    Newtype(Leaf),
    Tuple(u32, u32),
    Struct { a: u32 },
}

#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Untagged {
    Unit,
    Number(f64),
    Struct { leaf: Leaf },
}

#[derive(Serialize, JsonSchema)]
#[expect(dead_code, reason = "one value of each type is enough")]
enum OneUntagged {
    Known,
    #[serde(untagged)]
    Other(String),
}

#[derive(Serialize, JsonSchema)]
enum One {
    Only,
}

#[derive(Serialize, JsonSchema)]
enum Never {}

#[derive(Serialize, JsonSchema)]
struct NoVariant {
    never: Option<Never>,
}

#[derive(Serialize, JsonSchema)]
struct Holds<T> {
    value: T,
}

#[derive(Serialize, JsonSchema)]
struct Größe {
    value: u32,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "A name / of ~ many words")]
struct SpacedName {
    value: Größe,
}

/// Keywords that no derive writes.
#[derive(Serialize)]
struct ByHand(u32);

impl JsonSchema for ByHand {
    fn schema_name() -> Cow<'static, str> {
        "ByHand".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let leaf = generator.subschema_for::<Leaf>();
        json_schema!({
            "type": ["integer", "object"],
            "not": {"const": 1},
            "multipleOf": 2,
            "exclusiveMaximum": 1.5e300,
            "if": {"type": "object"},
            "then": {"minProperties": 1, "dependentSchemas": {"a": leaf}, "unevaluatedProperties": false},
            "else": true,
        })
    }
}

#[derive(Serialize)]
struct ByHandBool(u32);

impl JsonSchema for ByHandBool {
    fn schema_name() -> Cow<'static, str> {
        "ByHandBool".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        true.into()
    }
}

struct Entry {
    name: &'static str,
    check: fn() -> Check,
    says: fn() -> (Value, BTreeMap<String, Value>),
}

fn check<T: Details>(name: &str, value: fn() -> T) -> Check {
    Check::new(CheckMeta::new(name.to_owned()), move |_| async move { Outcome::ok(value()) })
}

/// What schemars alone says of a type and of those in it, in the two words that a document has to use.
fn says<T: JsonSchema>() -> (Value, BTreeMap<String, Value>) {
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.definitions_path = "/components/schemas".into();
    let mut bools = ReplaceBoolSchemas::default();
    bools.skip_additional_properties = true;
    settings.transforms = vec![Box::new(ReplaceConstValue::default()), Box::new(bools)];
    let mut generator = settings.into_generator();
    let mut schema = generator.subschema_for::<T>();
    generator.transforms_mut().for_each(|transform| transform.transform(&mut schema));
    (schema.to_value(), generator.take_definitions(true).into_iter().collect())
}

/// The names of the document, which are spelled in fewer characters than a type may be named in.
const SPELLED: [(&str, &str); 2] =
    [("Gr%C3%B6%C3%9Fe", "Gr__e"), ("A%20name%20~1%20of%20~0%20many%20words", "A_name___of___many_words")];

fn spelled(schema: &Value) -> Value {
    let respell = |text: String, (name, spelled): (&str, &str)| text.replace(name, spelled);
    serde_json::from_str(&SPELLED.into_iter().fold(schema.to_string(), respell)).unwrap()
}

fn spelled_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect()
}

fn health(checks: impl IntoIterator<Item = Check>) -> Health {
    let builder = Health::builder().version("1.0.0").without_registered();
    checks.into_iter().fold(builder, HealthBuilder::add).build().unwrap()
}

#[tokio::test]
async fn the_document_says_of_every_shape_what_schemars_says_and_values_are_what_it_says() {
    for Entry { name, check, says } in corpus() {
        let health = health([check()]);
        let api = serde_json::to_value(health.openapi()).unwrap();
        let schemas = &api["components"]["schemas"];
        let (schema, definitions) = says();
        let mut details = schemas[format!("Check.{name}")]["properties"]["details"].clone();
        if schema.get("description").is_none() {
            details.as_object_mut().unwrap().remove("description");
        }
        assert_eq!(details, spelled(&schema), "{name}");
        for (definition, schema) in &definitions {
            assert_eq!(schemas[spelled_name(definition)], spelled(schema), "{definition} of {name}");
        }

        let report = json!(health.probe(Probe::Ready).await);
        let contract = Contract::new(api);
        assert_eq!(contract.invalid_as("ReadyReport", &report), [""; 0]);
        assert!(report["checks"][name].get("details").is_some(), "{name} gave {report}");
        println!("passed   {name}: {} definitions, {}", definitions.len(), report["checks"][name]["details"]);
    }
}

#[tokio::test]
async fn every_schema_stands_by_itself_as_json_schema() {
    let health = health(corpus().into_iter().map(|entry| (entry.check)()));
    let report = json!(health.probe(Probe::Ready).await);
    let api = serde_json::to_value(health.openapi()).unwrap();
    for name in api["components"]["schemas"].as_object().unwrap().keys() {
        let alone = health.schema(name).unwrap();
        assert!(jsonschema::meta::is_valid(&alone), "{alone:#}");
        let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&alone).unwrap();
        let value = match name.split_once('.') {
            None if name == "ReadyReport" => &report,
            Some(("Check", check)) if report["checks"].get(check).is_some() => &report["checks"][check],
            _ => continue,
        };
        validator.validate(value).unwrap();
        let mut spoiled = value.clone();
        spoiled["status"] = "fine".into();
        assert!(!validator.is_valid(&spoiled), "{name}");
    }
    assert_eq!(health.schema("Nothing"), None);
}

#[tokio::test]
async fn a_number_that_json_has_no_word_for_is_the_checks_error_and_not_a_body_that_breaks_its_promise() {
    let health = health([check("floats", || Floats { single: f32::NAN, double: f64::INFINITY })]);
    let report = json!(health.probe(Probe::Ready).await);
    let contract = Contract::new(serde_json::to_value(health.openapi()).unwrap());
    assert_eq!(contract.invalid_as("ReadyReport", &report), [""; 0]);
    let check = &report["checks"]["floats"];
    assert_eq!((&check["status"], &check["reason"], check.get("details")), (&json!("error"), &json!("failed"), None));
}

/// Details with a schema that was written by hand.
struct Schematic<const N: usize>;

const BY_HAND: [&str; 4] = [
    r##"{"$ref": "#/definitions/Leaf"}"##,
    r#"{"type": "object", "properties": {"leaf": {"$ref": "https://example.com/leaf.json"}}}"#,
    r##"{"type": "array", "items": {"anyOf": [{"$ref": "#/components/schemas/Leaf"}, {"type": "null"}]}}"##,
    r#"{"$id": "https://example.com/details.json", "type": "object"}"#,
];

impl<const N: usize> Serialize for Schematic<N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<const N: usize> JsonSchema for Schematic<N> {
    fn schema_name() -> Cow<'static, str> {
        format!("Schematic{N}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        serde_json::from_str(BY_HAND[N]).unwrap()
    }
}

#[test]
fn a_schema_that_would_mean_something_else_in_a_document_is_refused_with_the_reason() {
    let refused = Health::builder()
        .version("1.0.0")
        .without_registered()
        .add(check("dangling", || Schematic::<0>))
        .add(check("elsewhere", || Schematic::<1>))
        .add(check("unknown", || Schematic::<2>))
        .add(check("based", || Schematic::<3>))
        .build();
    let error: BuildError = refused.unwrap_err();
    let misfits: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| match problem {
            Problem::UnusableSchema { check, misfit, .. } => {
                println!("refused  {}: {misfit}", check.name());
                misfit.as_str()
            }
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(
        misfits,
        [
            "its `$ref` to `#/definitions/Leaf` leads nowhere",
            "its `$ref` to `https://example.com/leaf.json` leads nowhere",
            "its `$ref` to `#/components/schemas/Leaf` leads nowhere",
            "its `$id` would change what its references resolve to",
        ]
    );
    assert!(error.to_string().contains("help: derive `JsonSchema`"), "{error}");
}
