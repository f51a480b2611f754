__rt::CheckMeta::new("heartbeat").interval(__rt::Duration::from_millis(15000u64))
