__rt::CheckMeta::new("heartbeat").probes(&[__rt::Probe::Live,__rt::Probe::Ready])
