async fn heartbeat() {}
my::health::__private::check! {
    enum heartbeat = call(heartbeat, fn () -> ()); { type Details = (); }
    __rt::CheckMeta::new("heartbeat")
}
