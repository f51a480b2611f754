__rt::meta("heartbeat",__rt::None).with_success_threshold(2u32)}fnfunction()->__rt::Function<()>{__rt::call::<Self,(),_,_>((),heartbeat)
