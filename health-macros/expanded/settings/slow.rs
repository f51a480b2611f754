__rt::CheckMeta::new("heartbeat").with_slow(__rt::Duration::from_millis(200u64))}fnrun(&self,__cx:__rt::CheckContext)->__rt::Run<()>{__rt::call::<Self,(),_,_>(__PARAMETERS,heartbeat,&__cx)
