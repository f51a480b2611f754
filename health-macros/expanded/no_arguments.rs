async fn heartbeat() {}
::health_runtime::__private::check! {
    enum heartbeat = call(heartbeat, fn () -> ()); { type Details = (); }
    __rt::CheckMeta::new("heartbeat")
}
