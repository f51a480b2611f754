//! The schemas of this service: a report for each of its probes, a component for each of its checks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::engine::Slot;
use crate::probe::Probe;
use crate::report::{Problem, Report};
use crate::schema::{self, TypeSchema};

/// Schemas by their names in the document.
pub(super) type Components = BTreeMap<String, Value>;

/// The schema of problem details.
pub(super) const PROBLEM: &str = "HealthProblem";

/// The schema of a probe's report.
pub(super) fn report_name(probe: Probe) -> &'static str {
    match probe {
        Probe::Live => "LiveReport",
        Probe::Ready => "ReadyReport",
        Probe::Startup => "StartupReport",
    }
}

/// The question of a probe.
pub(super) fn question(probe: Probe) -> &'static str {
    match probe {
        Probe::Live => "Should the process keep running?",
        Probe::Ready => "Should traffic be sent to this instance?",
        Probe::Startup => "Has the service finished starting?",
    }
}

/// The schema of the report about one check.
pub(super) fn single_report_name(probe: Probe, check: &str) -> String {
    format!("{}.{check}", report_name(probe))
}

/// The schema of a check.
pub(super) fn check_name(check: &str) -> String {
    format!("Check.{check}")
}

/// The schemas of a report and of its parts, by schemars.
pub(super) fn model() -> Components {
    let model = TypeSchema::generate(|generator| {
        generator.subschema_for::<Problem>();
        Some(generator.subschema_for::<Report>())
    });
    model.expect("a schema that was asked for").definitions
}

/// Every schema of these probes and of their checks.
pub(super) fn components(probes: &[Probe], slots: &[Arc<Slot>], has_service: bool) -> Components {
    let slots: Vec<_> = slots.iter().filter(|slot| probes.iter().any(|&probe| slot.counts_for(probe))).collect();
    let model = model();
    let mut components = model.clone();
    components.values_mut().for_each(close_enum);
    let [report, check] = ["Report", "CheckReport"].map(|name| components.remove(name).expect("a part of the model"));

    let details = details(&slots, &model);
    for slot in &slots {
        let details = details[&*slot.name].as_ref();
        let schema = check_schema(&check, &slot.name, slot.meta.description(), details.map(|details| &details.schema));
        components.insert(check_name(&slot.name), schema);
        for (name, definition) in details.into_iter().flat_map(|details| &details.definitions) {
            components.entry(name.clone()).or_insert_with(|| definition.clone());
        }
    }
    for &probe in probes {
        let counted: Vec<_> = slots.iter().filter(|slot| slot.counts_for(probe)).map(|slot| &*slot.name).collect();
        let mut report = report.clone();
        report["description"] = question(probe).into();
        keep(&mut report, "phase", probe != Probe::Live);
        keep(&mut report, "service", has_service);
        for name in &counted {
            components.insert(single_report_name(probe, name), report_schema(&report, &[name]));
        }
        keep(&mut report, "checks", probe != Probe::Live || !counted.is_empty());
        components.insert(report_name(probe).to_owned(), report_schema(&report, &counted));
    }
    components
}

/// The report with exactly these checks. All its members are required.
fn report_schema(template: &Value, checks: &[&str]) -> Value {
    let mut report = template.clone();
    let properties = &mut report["properties"];
    if let Some(member) = properties.get_mut("checks") {
        let references = checks.iter().map(|name| (*name, json!({"$ref": schema::reference(&check_name(name))})));
        let description = member["description"].take();
        *member = json!({"type": "object", "description": description});
        // utoipa drops empty lists when it parses a document.
        if !checks.is_empty() {
            member["properties"] = json!(references.collect::<BTreeMap<_, _>>());
            member["required"] = json!(checks);
        }
    }
    report["required"] = properties.as_object().into_iter().flat_map(Map::keys).cloned().collect();
    report
}

/// One check in a report, with its description and the schema of its details.
fn check_schema(template: &Value, name: &str, description: Option<&str>, details: Option<&Value>) -> Value {
    let mut check = template.clone();
    keep(&mut check, "details", details.is_some());
    if let (Some(Value::Object(member)), Some(Value::Object(details))) =
        (check["properties"].get_mut("details"), details)
    {
        // The description of the type is more specific than that of the member.
        if ["description", "$ref"].iter().any(|keyword| details.contains_key(*keyword)) {
            member.remove("description");
        }
        member.extend(details.clone());
    }
    check["description"] = description.map_or_else(|| format!("The check `{name}`."), str::to_owned).into();
    check
}

fn keep(schema: &mut Value, member: &str, is_sent: bool) {
    if !is_sent && let Some(properties) = schema["properties"].as_object_mut() {
        properties.remove(member);
    }
}

/// Makes one closed enum of alternatives that are single texts, with their documentation in the description.
///
/// schemars makes a schema of each documented variant, of which client generators would make a type each.
pub(super) fn close_enum(schema: &mut Value) {
    let Some(alternatives) = schema["oneOf"].as_array() else { return };
    let texts = alternatives.iter().filter_map(|alternative| {
        let [text] = alternative["enum"].as_array()?.as_slice() else { return None };
        Some((text.as_str()?, alternative["description"].as_str().unwrap_or_default()))
    });
    let texts: Vec<_> = texts.collect();
    if texts.len() == alternatives.len() {
        let list: Vec<_> = texts.iter().map(|(text, description)| format!("- `{text}`: {description}")).collect();
        *schema = json!({
            "type": "string",
            "description": format!("{}\n\n{}", schema["description"].as_str().unwrap_or_default(), list.join("\n")),
            "enum": texts.iter().map(|(text, _)| text).collect::<Vec<_>>(),
        });
    }
}

/// Details schemas, with clashing definition names made unique.
///
/// A type keeps its name if that is unique. Otherwise the name gets the check as a prefix. The path of the type would not be unique: two
/// types in two functions of one module have the same path.
fn details<'a>(slots: &[&'a Arc<Slot>], model: &Components) -> BTreeMap<&'a str, Option<TypeSchema>> {
    let generated = slots.iter().map(|slot| (&*slot.name, TypeSchema::generate(slot.details)));
    let mut details: BTreeMap<_, _> = generated.collect();
    let clear = clear_names(details.values().flatten(), model);
    let mut taken: BTreeSet<String> = details.keys().map(|check| check_name(check)).collect();
    for (check, details) in &mut details {
        let Some(details) = details else { continue };
        let mut unique = |name: &String| {
            let mut unique = plain(name);
            if !clear.contains(&unique) {
                unique = format!("{}.{unique}", check_name(check));
                while !taken.insert(unique.clone()) {
                    unique.push('_');
                }
            }
            (name.clone(), unique)
        };
        let names = details.definitions.keys().map(&mut unique).collect();
        details.rename(&names);
    }
    details
}

/// The names with only one meaning in all details and the model.
fn clear_names<'a>(details: impl Iterator<Item = &'a TypeSchema>, model: &Components) -> BTreeSet<String> {
    let mut meanings = BTreeMap::<String, Vec<BTreeMap<&str, &Value>>>::new();
    for name in model.keys() {
        meanings.insert(name.clone(), vec![schema::reachable([name.clone()], model)]);
    }
    for definitions in details.map(|details| &details.definitions) {
        for name in definitions.keys() {
            let meaning = schema::reachable([name.clone()], definitions);
            let known = meanings.entry(plain(name)).or_default();
            if !known.contains(&meaning) {
                known.push(meaning);
            }
        }
    }
    let is_ours = |name: &str| {
        let first = name.split('.').next().unwrap_or_default();
        first == "Check" || Probe::ALL.iter().any(|&probe| first == report_name(probe))
    };
    let clear = meanings.into_iter().filter(|(name, known)| known.len() == 1 && !is_ours(name));
    clear.map(|(name, _)| name).collect()
}

/// The name, with only the characters that OpenAPI allows.
pub(super) fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect()
}
