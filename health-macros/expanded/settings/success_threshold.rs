__rt::CheckMeta::new("heartbeat").success_threshold(2u32)
