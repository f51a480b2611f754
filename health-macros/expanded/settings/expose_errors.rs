__rt::CheckMeta::new("heartbeat").expose_errors()
