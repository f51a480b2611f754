__rt::meta("heartbeat",__rt::None).with_slow(__rt::Duration::from_millis(200u64))}fnfunction()->__rt::Function<()>{__rt::call::<Self,(),_,_>((),heartbeat)
