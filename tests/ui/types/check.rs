use health_runtime::{Depends, Health, Report, health_check};

#[derive(Debug)]
struct NotAnnotated;

#[health_check]
async fn dependent(_: Depends<NotAnnotated>) {}

fn build(report: &Report) {
    let builder = Health::builder().version("1.0.0");
    let builder = builder.check::<NotAnnotated>();
    let _ = builder.instance::<NotAnnotated>("second", |instance| instance);
    let _ = report.get::<NotAnnotated>();
}

fn main() {}
