//! Which of the linked checks a program has, and with which settings.

use health_runtime::{Check, CheckMeta, CheckStatus, Depends, Health, Outcome, Probe, Problem, health_check};

#[health_check(tags("api", "worker"))]
async fn database() -> Result<(), String> {
    Err("down".to_owned())
}

#[health_check(tags("worker"))]
async fn queue(_database: Depends<database>) {}

#[health_check]
async fn cache() {}

fn names(builder: health_runtime::HealthBuilder) -> Vec<String> {
    let checks = builder.build().unwrap().checks();
    checks.iter().map(|check| check.name().to_owned()).collect()
}

fn builder() -> health_runtime::HealthBuilder {
    Health::builder().version("1.0.0")
}

#[test]
fn a_program_takes_checks_by_tag_and_by_name() {
    assert_eq!(names(builder()), ["cache", "database", "queue"]);
    assert_eq!(names(builder().only(["worker"])), ["database", "queue"]);
    assert_eq!(names(builder().only(["api"]).only(["cache"])), ["cache", "database"]);
}

#[test]
fn a_word_that_is_no_name_and_no_tag_is_reported() {
    let error = builder().only(["api", "wroker"]).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the health endpoints cannot be built: `.only([...])` names `wroker`, which is neither the name nor a tag of a linked \
         check\n  help: correct the name or tag; a crate that no code mentions is not linked: write `use that_crate as _;`"
    );
}

#[test]
fn what_a_chosen_check_depends_on_has_to_be_chosen_as_well() {
    let error = builder().only(["queue"]).build().unwrap_err();
    assert!(matches!(error.problems(), [Problem::UnclearDependency { candidates: 0, .. }]), "{error}");
}

#[test]
fn one_linked_check_is_left_out_and_its_instance_is_not() {
    assert_eq!(names(builder().without::<cache>()), ["database", "queue"]);
    let builder = builder().without::<cache>().instance::<cache>("second-cache", |check| check);
    assert_eq!(names(builder), ["database", "queue", "second-cache"]);
}

#[tokio::test]
async fn a_linked_check_is_configured_and_stays_the_one_that_others_depend_on() {
    let configured = || builder().configure::<database>(|meta| meta.with_name("db").with_critical(false));
    let health = configured().build().unwrap();
    let report = health.probe(Probe::Ready).await;
    assert_eq!(report.get::<database>().unwrap().status(), CheckStatus::Error);
    assert!(report.is_success(), "{report:?}");
    assert_eq!(&*health.name_of::<database>().unwrap(), "db");

    // Naming the check changes nothing, and its instances keep their settings.
    let settings = configured().check::<database>().instance::<database>("replica", |check| check).build().unwrap();
    let settings: Vec<_> = settings.checks().iter().map(|meta| (meta.name().to_owned(), meta.critical())).collect();
    assert_eq!(settings[1..3], [("db".to_owned(), false), ("queue".to_owned(), true)]);
    assert_eq!(settings[3], ("replica".to_owned(), true));
}

#[test]
fn a_setting_that_configuring_makes_invalid_is_reported_with_the_place_of_the_function() {
    let error = builder().configure::<cache>(|meta: CheckMeta| meta.with_failure_threshold(0)).build().unwrap_err();
    let [Problem::InvalidSetting { check, .. }] = error.problems() else { panic!("{error}") };
    assert!(check.location().file().ends_with("choices.rs"));
}

#[test]
fn what_is_not_there_cannot_be_configured_or_expected_or_left_out() {
    let without = || builder().without_registered().check::<queue>().check::<database>();
    for builder in
        [without().configure::<cache>(|meta| meta), without().expects::<cache>(), without().without::<cache>()]
    {
        let error = builder.build().unwrap_err();
        assert!(matches!(error.problems(), [Problem::UnclearType { candidates: 0, .. }]), "{error}");
    }
}

#[test]
fn settings_of_a_check_that_is_left_out_on_purpose_are_of_no_use_and_no_mistake() {
    let configured = || builder().configure::<cache>(|meta| meta.with_critical(false));
    assert_eq!(names(configured().without::<cache>()), ["database", "queue"]);
    assert_eq!(names(configured().only(["worker"])), ["database", "queue"]);
    assert!(names(configured().only(["cache"]).without::<cache>()).is_empty());
}

#[test]
fn a_linked_check_that_is_added_with_other_settings_is_a_second_one_of_its_name() {
    let error = builder().add(Check::of(cache {}).configure(|meta| meta.with_critical(false))).build().unwrap_err();
    assert!(matches!(error.problems(), [Problem::DuplicateName { .. }]), "{error}");
    assert!(error.to_string().contains("`.configure` changes a linked check"), "{error}");
}

#[test]
fn an_outcome_is_mapped_and_read() {
    let outcome = Outcome::degraded("slow").with_details(3).map(|number: u32| number.to_string());
    assert_eq!((outcome.status(), outcome.message()), (CheckStatus::Degraded, Some("slow")));
    assert_eq!(outcome.details().map(String::as_str), Some("3"));
    assert_eq!(outcome.into_details(), Some("3".to_owned()));
}
