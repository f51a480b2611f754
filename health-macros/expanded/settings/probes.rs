__rt::meta("heartbeat",__rt::None).with_probes(&[__rt::Probe::Live,__rt::Probe::Ready])}fnfunction()->__rt::Function<()>{__rt::call::<Self,(),_,_>((),heartbeat)
