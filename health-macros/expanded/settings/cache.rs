__rt::meta("heartbeat",__rt::None).with_cache(__rt::Duration::from_millis(0u64))}fnfunction()->__rt::Function<()>{__rt::call::<Self,(),_,_>((),heartbeat)
