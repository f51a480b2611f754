__rt::meta("heartbeat",__rt::None).with_failure_threshold(3u32)}fnfunction()->__rt::Function<()>{__rt::call::<Self,(),_,_>((),heartbeat)
