__rt::CheckMeta::new("heartbeat").slow(__rt::Duration::from_millis(200u64))
