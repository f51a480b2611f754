__rt::CheckMeta::new("heartbeat").with_failure_threshold(3u32)}fnrun(&self,__cx:__rt::CheckContext)->__rt::Run<()>{__rt::call::<Self,(),_,_>(__PARAMETERS,heartbeat,&__cx)
