__rt::CheckMeta::new("heartbeat").tags(&["storage","eu"])
