__rt::meta("heartbeat",__rt::None).with_expose_errors(true)}fnfunction()->__rt::Function<()>{__rt::call::<Self,(),_,_>((),heartbeat)
