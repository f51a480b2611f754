__rt::CheckMeta::new("heartbeat").failure_threshold(3u32)
