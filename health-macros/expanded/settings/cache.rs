__rt::CheckMeta::new("heartbeat").cache(__rt::Duration::from_millis(0u64))
