use std::rc::Rc;

use health_runtime::health_check;

#[health_check]
async fn not_send() {
    let shared = Rc::new(());
    std::future::ready(()).await;
    drop(shared);
}

fn main() {}
