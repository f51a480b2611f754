use health_runtime::{Depends, health_check};

#[health_check(crate = crate::nowhere)]
async fn runtime_that_is_not_there() {}

#[health_check]
async fn depends_on_it(_: Depends<runtime_that_is_not_there>) {}

struct Taken;

#[health_check(type = Taken)]
async fn type_of_a_taken_name() {}

mod of_a_module {
    #[expect(non_camel_case_types)]
    struct taken;

    #[health_runtime::health_check(type = taken)]
    pub(crate) async fn public() {}
}

fn main() {}
