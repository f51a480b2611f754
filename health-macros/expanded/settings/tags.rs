__rt::CheckMeta::new("heartbeat").with_tags(["storage","eu"])}fnrun(&self,__cx:__rt::CheckContext)->__rt::Run<()>{__rt::call::<Self,(),_,_>(__PARAMETERS,heartbeat,&__cx)
