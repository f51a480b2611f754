__rt::CheckMeta::new("heartbeat").with_probes(&[__rt::Probe::Live,__rt::Probe::Ready])}fnrun(&self,__cx:__rt::CheckContext)->__rt::Run<()>{__rt::call::<Self,(),_,_>(__PARAMETERS,heartbeat,&__cx)
