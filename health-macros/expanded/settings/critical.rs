__rt::meta("heartbeat",__rt::None).with_critical(false)}fnfunction()->__rt::Function<()>{__rt::call::<Self,(),_,_>((),heartbeat)
