//! The program as it is started by hand, on a port of its own.

use std::process::Command;

use health_tests::Service;

#[tokio::test]
async fn it_is_ready_until_temporary_files_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_minimal"));
    let service = Service::start(command.arg("127.0.0.1:0").env("TMPDIR", folder.path()));
    let report = service.ready_until(|answer| answer.status == 200).await;
    assert_eq!(report.json()["checks"]["scratch"]["status"], "ok");
    assert_eq!(service.get("/").await.body, "Hello");

    drop(folder);
    service.ready_until(|answer| answer.status == 503).await;
}
