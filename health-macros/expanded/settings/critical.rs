__rt::CheckMeta::new("heartbeat").critical(false)
