__rt::meta("heartbeat",__rt::None).with_interval(__rt::Duration::from_millis(15000u64))}fnfunction()->__rt::Function<()>{__rt::call::<Self,(),_,_>((),heartbeat)
