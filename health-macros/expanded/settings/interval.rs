__rt::CheckMeta::new("heartbeat").with_interval(__rt::Duration::from_millis(15000u64))}fnrun(&self,__cx:__rt::CheckContext)->__rt::Run<()>{__rt::call::<Self,(),_,_>(__PARAMETERS,heartbeat,&__cx)
