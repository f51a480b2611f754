__rt::meta("heartbeat",__rt::None).with_tags(["storage","eu"])}fnfunction()->__rt::Function<()>{__rt::call::<Self,(),_,_>((),heartbeat)
